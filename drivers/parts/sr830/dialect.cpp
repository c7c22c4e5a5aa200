// SPDX-License-Identifier: MIT
#include "drivers/parts/sr830/dialect.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "drivers/parts/polled/srs_lock_in.hpp"
#include "drivers/parts/sr830/protocol.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::drivers::parts::sr830 {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double peak_per_rms = std::numbers::sqrt2;
constexpr double a_bit_more_than_half = 0.51;  // of a step that a set point is rounded to

struct Options {
    bool is_differential = false;
    bool is_internal = true;
    unsigned trigger = 1;  ///< RSLP
    bool is_source = true;
    Options() = default;
};

std::vector<SrsSetting> settings_for(const Options& options) {
    std::vector<SrsSetting> all;
    if (options.is_internal) {  // five digits or 0.1 mHz, whichever is more
        all.push_back(srs_setting("frequency_Hz", "Hz", "FREQ", 0.001, 102e3));
        all.back().resolution = 1e-4;
        all.back().relative = 1e-4;
    }
    all.push_back(srs_listed("time_constant_s", "s", "OFLT", time_constants_s()));
    all.push_back(srs_listed("slope_dB_per_octave", "dB/octave", "OFSL", slopes_dB()));
    all.push_back(srs_listed("sensitivity_V", "V", "SENS", sensitivities_V()));
    all.push_back(srs_setting("harmonic", "", "HARM", 1.0, 19999.0));
    all.back().is_whole = true;
    all.push_back(srs_setting("phase_rad", "rad", "PHAS", -pi, pi));
    all.back().device_per_SI = 180.0 / pi;
    all.back().resolution = a_bit_more_than_half * 0.01 * pi / 180.0;
    all.back().wraps = true;
    if (options.is_source) {
        all.push_back(srs_setting(
            "amplitude_V",
            "V",
            "SLVL",
            peak_per_rms * least_amplitude_V,
            peak_per_rms * most_amplitude_V
        ));
        all.back().device_per_SI = 1.0 / peak_per_rms;
        all.back().resolution = a_bit_more_than_half * peak_per_rms * amplitude_step_V;
    }
    return all;
}

SrsKind kind_for(const Options& options) {
    SrsKind kind;
    kind.name = "SR830 lock-in";
    kind.models = {"SR830"};
    kind.terminator = terminator;
    kind.snap = "SNAP?1,2,9";
    kind.range = "SENS?";
    kind.ranges = sensitivities_V();
    kind.status_word = status_word;
    kind.unlocked = unlocked;
    kind.is_internal = options.is_internal;
    kind.settings = settings_for(options);
    return kind;
}

class Sr830 final : public SrsLockIn {
  public:
    explicit Sr830(const Options& options) : SrsLockIn(kind_for(options)), options_(options) {}

    std::vector<Preparation> preparations() override {
        std::vector<Preparation> all;
        all.push_back(must_be("replies on RS-232", "OUTX", 0));
        all.push_back(must_be("reference source", "FMOD", options_.is_internal ? 1 : 0));
        if (!options_.is_internal) {
            all.push_back(must_be("reference trigger", "RSLP", options_.trigger));
        }
        all.push_back(must_be("input", "ISRC", options_.is_differential ? 1 : 0));
        all.push_back(must_be("input coupling (DC)", "ICPL", 1));
        all.push_back(must_be_plain("X", "1"));
        all.push_back(must_be_plain("Y", "2"));
        all.push_back(forget_old_status());
        return all;
    }

    Result<std::vector<link::Query>> write(const std::string& quantity, double value) override {
        if (quantity != "amplitude_V") {
            return SrsLockIn::write(quantity, value);
        }
        const double steps = std::round(value / peak_per_rms / amplitude_step_V);
        return std::vector{command("SLVL " + fixed_text(steps * amplitude_step_V, 3))};
    }

    SafeState safe_state() override {
        if (options_.is_source) {
            return quiet({"SLVL 0.004"}, {{"SLVL", least_amplitude_V + 0.5 * amplitude_step_V}});
        }
        return {};  // what its output does drives nothing
    }

  private:
    /// An offset or expansion of X or Y would be in the numbers.
    [[nodiscard]] Preparation must_be_plain(const std::string& output, const std::string& number)
        const {
        Preparation one;
        one.what = "offset and expansion of " + output;
        one.ask = question("OEXP? " + number, [](std::string_view reply, std::string_view) {
            return is_plain_output(reply).has_value();
        });
        one.is_so = [](std::string_view reply) { return is_plain_output(reply) == true; };
        one.writes.push_back(command("OEXP " + number + ",0,0"));
        return one;
    }

    Options options_;
};

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    const auto input = chosen(options, "input", {"A", "A-B"});
    const auto reference = chosen(options, "reference", {"internal", "external"});
    const auto trigger = chosen(options, "trigger", {"rising", "falling", "sine"});
    const auto source = chosen(options, "source", {"yes", "no"});
    for (const auto* one : {&input, &reference, &trigger, &source}) {
        if (!*one) {
            return fail(one->error());
        }
    }
    Options made;
    made.is_differential = *input == "A-B";
    made.is_internal = *reference == "internal";
    made.trigger = *trigger == "sine" ? 0 : (*trigger == "rising" ? 1 : 2);
    made.is_source = *source == "yes";
    return std::make_unique<Sr830>(made);
}

}  // namespace relaxd::drivers::parts::sr830
