// SPDX-License-Identifier: MIT
//
// One file of the instrument's computer that still grows: what is new since the last look. Pure:
// the bytes as they are now go in, each time from the first on. Native Q-Series file or the text
// export of Universal Analysis. No file is opened here.
//
// It is the same file as long as its signals, its Date and Time and every byte of the rows taken
// so far are what they were. Its first word (OPEN, later CLOSED) and other header lines may change.
// Of a file that is not the same nothing is taken: rows of two files are never mixed. Whoever looks
// decides when to give up, for a file that is just being written anew is short for a moment.

#pragma once

#include "drivers/ta_files/header.hpp"
#include "schema/base/result.hpp"
#include "schema/record/records.hpp"
#include "schema/table/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::ta_files {

/// What one look at the file found.
struct News {
    bool header = false;     ///< The header became complete; columns and identity() are known.
    std::uint64_t rows = 0;  ///< Rows that are new and whole.
    bool closed = false;     ///< OPEN has turned CLOSED since the look before.
    bool ended = false;      ///< has_ended() became true.
    std::string other;       ///< Not empty: why this is not the file that was followed.
};

class Follower {
  public:
    /// `name`: the file's own name, for errors and for identity().
    explicit Follower(std::string name) : name_(std::move(name)) {}

    /// `bytes`: the whole file as it is now. What is not yet whole waits. Errors: `corrupt` (a
    /// damaged header, a text row that is no row), `invalid` (neither kind of file). After an error
    /// and after `other` the follower is as it was before the look.
    [[nodiscard]] Result<News> look(std::string_view bytes);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool has_header() const { return has_header_; }
    [[nodiscard]] const Header& header() const { return header_; }
    /// Of this measurement in this file, whatever its first word: 32 hex digits; "" before the
    /// header is complete.
    [[nodiscard]] const std::string& identity() const { return identity_; }
    [[nodiscard]] bool is_native() const { return kind_ == Kind::native; }
    /// The whole rows so far.
    [[nodiscard]] std::uint64_t count() const { return starts_.size(); }
    /// Rows `first` (from 1) and up to `most - 1` behind it, numbered as in the file. All are of
    /// segment 1: which segment a row belongs to is only known when the log has come.
    [[nodiscard]] std::vector<record::Reading> rows(std::uint64_t first, std::size_t most) const;
    /// The instrument will add nothing: the end record of a native file is there, with the end of
    /// the run in the log, or in a file that says CLOSED and was the same at the look before. Never
    /// so for a text export, which has no end.
    [[nodiscard]] bool has_ended() const { return has_ended_; }
    /// The end record is there, whatever the first word says.
    [[nodiscard]] bool has_end_record() const { return has_end_record_; }
    /// The executed segments, as read_q_series gives them; empty until the log has come.
    [[nodiscard]] const std::vector<table::Step>& steps() const { return steps_; }

  private:
    enum class Kind : std::uint8_t { unknown, native, text };

    /// The file in two parts: what makes a readable file of any piece of its rows, and its rows.
    struct Parts {
        std::string_view head;
        std::string_view rows;
        Header header;
    };

    /// Kind::unknown: too short to tell.
    [[nodiscard]] Result<Kind> find_kind(std::string_view bytes) const;
    /// `head` is empty where the header is not complete yet.
    [[nodiscard]] Result<Parts> native_parts(std::string_view bytes) const;
    [[nodiscard]] Result<Parts> text_parts(std::string_view text) const;
    /// Why the file is another one; "" if it is the same.
    [[nodiscard]] std::string difference(const Parts& parts) const;
    [[nodiscard]] Result<News> take(const Parts& parts);
    [[nodiscard]] std::size_t take_native(std::string_view rows);
    [[nodiscard]] Result<std::size_t> take_text(std::string_view rows);
    [[nodiscard]] Result<table::Table> read(std::string_view rows) const;
    void note_end(const Parts& parts);

    std::string name_;
    Kind kind_ = Kind::unknown;
    bool has_header_ = false;
    bool has_end_record_ = false;
    bool has_ended_ = false;
    std::size_t behind_rows_ = 0;  ///< Bytes behind the rows taken, at the look before.
    Header header_;
    std::string identity_;
    std::string head_;                 ///< As first seen; native: through the signal count.
    std::string taken_;                ///< The rows' bytes (text: as UTF-8).
    std::vector<std::size_t> starts_;  ///< Where each row begins in `taken_`.
    std::vector<table::Step> steps_;
};

}  // namespace relaxd::ta_files
