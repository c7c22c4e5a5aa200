// SPDX-License-Identifier: MIT
#include "drivers/parts/sr86x/dialect.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "drivers/parts/polled/srs_lock_in.hpp"
#include "drivers/parts/sr86x/protocol.hpp"

#include <numbers>
#include <utility>

namespace relaxd::drivers::parts::sr86x {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double peak_per_rms = std::numbers::sqrt2;
constexpr double six_digits = 1e-5;         // what a reply may be rounded to
constexpr double quiet_amplitude_V = 1e-6;  // rms: nothing in any laboratory
constexpr double quiet_offset_V = 1e-3;     // ten of its steps

struct Options {
    bool is_differential = false;
    bool is_internal = true;
    bool is_source = true;
    Options() = default;
};

std::vector<SrsSetting> settings_for(const Options& options) {
    std::vector<SrsSetting> all;
    if (options.is_internal) {
        all.push_back(srs_setting("frequency_Hz", "Hz", "FREQ", 0.001, 500e3));
        all.back().resolution = 1e-4;
        all.back().relative = six_digits;
    }
    all.push_back(srs_listed("time_constant_s", "s", "OFLT", time_constants_s()));
    all.push_back(srs_listed("slope_dB_per_octave", "dB/octave", "OFSL", slopes_dB()));
    all.push_back(srs_listed("sensitivity_V", "V", "SCAL", sensitivities_V()));
    all.push_back(srs_listed("input_range_V", "V", "IRNG", input_ranges_V()));
    all.push_back(srs_setting("harmonic", "", "HARM", 1.0, 99.0));
    all.back().is_whole = true;
    all.push_back(srs_setting("phase_rad", "rad", "PHAS", -pi, pi));
    all.back().device_per_SI = 180.0 / pi;
    all.back().resolution = six_digits * pi;
    all.back().wraps = true;
    if (options.is_source) {
        all.push_back(srs_setting("offset_V", "V", "SOFF", -5.0, 5.0));
        all.back().resolution = 1e-4;
        all.push_back(srs_setting(
            "amplitude_V",
            "V",
            "SLVL",
            peak_per_rms * least_amplitude_V,
            peak_per_rms * most_amplitude_V
        ));
        all.back().device_per_SI = 1.0 / peak_per_rms;
        all.back().resolution = 1e-6;
        all.back().relative = six_digits;
    }
    return all;
}

SrsKind kind_for(const Options& options) {
    SrsKind kind;
    kind.name = "SR86x lock-in";
    kind.models = {"SR860", "SR865", "SR865A"};
    kind.terminator = terminator;
    kind.most_status = 0xFFFF;
    kind.snap = options.is_internal ? "SNAP? 0,1,15" : "SNAP? 0,1,16";
    kind.status_word = status_word;
    kind.unlocked = unlocked;
    kind.is_internal = options.is_internal;
    kind.settings = settings_for(options);
    return kind;
}

class Sr86x final : public SrsLockIn {
  public:
    explicit Sr86x(const Options& options) : SrsLockIn(kind_for(options)), options_(options) {}

    std::vector<Preparation> preparations() override {
        std::vector<Preparation> all;
        all.push_back(must_be("reference source", "RSRC", options_.is_internal ? 0 : 1));
        all.push_back(must_be("input of voltage", "IVMD", 0));
        all.push_back(must_be("input", "ISRC", options_.is_differential ? 1 : 0));
        all.push_back(must_be("input coupling (DC)", "ICPL", 1));
        all.push_back(must_be("offset of X (off)", "COFA? 0", "COFA 0,0", 0));
        all.push_back(must_be("offset of Y (off)", "COFA? 1", "COFA 1,0", 0));
        all.push_back(must_be("ratio of X (off)", "CRAT? 0", "CRAT 0,0", 0));
        all.push_back(must_be("ratio of Y (off)", "CRAT? 1", "CRAT 1,0", 0));
        all.push_back(forget_old_status());
        return all;
    }

    SafeState safe_state() override {
        if (options_.is_source) {
            return quiet(
                {"SOFF 0", "SLVL 1E-9"}, {{"SLVL", quiet_amplitude_V}, {"SOFF", quiet_offset_V}}
            );
        }
        return {};  // what its output does drives nothing
    }

  private:
    Options options_;
};

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    const auto input = chosen(options, "input", {"A", "A-B"});
    const auto reference = chosen(options, "reference", {"internal", "external"});
    const auto source = chosen(options, "source", {"yes", "no"});
    for (const auto* one : {&input, &reference, &source}) {
        if (!*one) {
            return fail(one->error());
        }
    }
    Options made;
    made.is_differential = *input == "A-B";
    made.is_internal = *reference == "internal";
    made.is_source = *source == "yes";
    return std::make_unique<Sr86x>(made);
}

}  // namespace relaxd::drivers::parts::sr86x
