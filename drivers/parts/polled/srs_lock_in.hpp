// SPDX-License-Identifier: MIT
//
// What the lock-ins of Stanford Research Systems have in common: the grammar of their replies, and
// a Dialect that lacks only tables, status bits and what must be prepared. Pure. Facts with their
// pages are in the README of each part.

#pragma once

#include "drivers/parts/polled/dialect.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::drivers::parts {

inline constexpr unsigned srs_power_on = 1U << 7U;  ///< Of *ESR?.

/// The reply to SNAP? with X, Y and a frequency.
struct SrsSnap {
    double x_V = 0.0;  ///< rms, as all volts of a lock-in
    double y_V = 0.0;
    double frequency_Hz = 0.0;
    SrsSnap() = default;
};

/// The reply to *IDN?.
struct SrsName {
    std::string vendor;
    std::string model;
    std::string serial_number;  ///< Without "s/n".
    std::string firmware;       ///< Without "ver" or "V".
    SrsName() = default;
};

/// Frames with that terminator, whole; nothing: anything else.
[[nodiscard]] std::optional<SrsSnap> srs_snap_of(std::string_view frame, std::string_view end);
[[nodiscard]] std::optional<SrsName> srs_name_of(std::string_view frame, std::string_view end);
[[nodiscard]] std::optional<double> srs_number_of(std::string_view frame, std::string_view end);
/// Digits alone, 0 to `most`: status words and places in tables.
[[nodiscard]] std::optional<unsigned> srs_count_of(
    std::string_view frame, std::string_view end, unsigned most
);

/// One setting: "MNEM?" asks, "MNEM value" sets.
struct SrsSetting {
    std::string quantity;
    std::string unit;
    std::string mnemonic;
    double lowest = 0.0;  ///< SI, as the next two.
    double highest = 0.0;
    double resolution = record::unknown;
    double device_per_SI = 1.0;
    std::span<const double> table;  ///< Not empty: its places are what is written and read.
    bool is_whole = false;          ///< Only whole numbers.
    bool wraps = false;             ///< An angle.
    double relative = 0.0;          ///< It is rounded to this share of itself, if that is more.
    SrsSetting() = default;
};

[[nodiscard]] SrsSetting srs_setting(
    const char* quantity, const char* unit, const char* mnemonic, double lowest, double highest
);
/// One of a table that rises or falls.
[[nodiscard]] SrsSetting srs_listed(
    const char* quantity, const char* unit, const char* mnemonic, std::span<const double> table
);

/// How the two kinds differ.
struct SrsKind {
    std::string name;                 ///< "SR830 lock-in"
    std::vector<std::string> models;  ///< That may answer.
    std::string terminator;
    unsigned most_status = 255;  ///< Of LIAS?.
    std::string snap;            ///< "SNAP?1,2,9"
    std::string range;           ///< The full scale of X and Y, "SENS?"; empty: they have none.
    std::span<const double> ranges;
    std::string (*status_word)(unsigned lias) = nullptr;  ///< Empty: X and Y are good.
    unsigned unlocked = 0;                                ///< Bit of LIAS?: nor is the frequency.
    bool is_internal = true;                              ///< The reference.
    /// In the order in which they are set again: what drives is last.
    std::vector<SrsSetting> settings;
    SrsKind() = default;
};

class SrsLockIn : public Dialect {
  public:
    explicit SrsLockIn(SrsKind kind) : kind_(std::move(kind)) {}

    std::string name() const override { return kind_.name; }
    link::ExchangeSettings exchange() const override;
    std::vector<link::Query> identify() override;
    Result<Identity> identity(Replies replies) override;
    std::vector<Quantity> quantities() const override;
    Group group_of(const std::string& quantity) override;
    Result<std::vector<PartValue>> decode(const Group& group, Replies replies) override;
    Result<std::vector<link::Query>> write(const std::string& quantity, double value) override;
    bool is_as_set(const Quantity& quantity, double set, double read) const override;
    RebootCheck reboot_check() override;

  protected:
    using Fits = bool (*)(std::string_view frame, std::string_view end);

    [[nodiscard]] link::Query question(const std::string& text, Fits fits) const;
    [[nodiscard]] link::Query count_question(const std::string& text, unsigned most) const;
    [[nodiscard]] link::Query number_question(const std::string& text) const;
    [[nodiscard]] link::Query command(const std::string& text) const;
    /// The answer to `ask` must be `place`; else `write`.
    [[nodiscard]] Preparation must_be(
        std::string what, const std::string& ask, const std::string& write, unsigned place
    ) const;
    /// The same with "MNEM?" and "MNEM place".
    [[nodiscard]] Preparation must_be(std::string what, const std::string& mnemonic, unsigned place)
        const;
    /// Reading clears what was latched before anybody measured.
    [[nodiscard]] Preparation forget_old_status() const;
    /// Writes these; then the amount of each of `limits` must be no more (volts of the device).
    [[nodiscard]] SafeState quiet(
        const std::vector<std::string>& commands,
        const std::vector<std::pair<std::string, double>>& limits
    ) const;

  private:
    [[nodiscard]] const SrsSetting* find(const std::string& quantity) const;
    [[nodiscard]] Result<std::vector<PartValue>> signal(Replies replies) const;

    SrsKind kind_;
};

}  // namespace relaxd::drivers::parts
