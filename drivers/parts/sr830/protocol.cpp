// SPDX-License-Identifier: MIT
#include "drivers/parts/sr830/protocol.hpp"

#include "drivers/parts/polled/reply.hpp"

#include <array>

namespace relaxd::drivers::parts::sr830 {
namespace {

constexpr std::array time_constants{10e-6, 30e-6,  100e-6, 300e-6, 1e-3, 3e-3, 10e-3,
                                    30e-3, 100e-3, 300e-3, 1.0,    3.0,  10.0, 30.0,
                                    100.0, 300.0,  1e3,    3e3,    10e3, 30e3};
constexpr std::array sensitivities{2e-9, 5e-9, 10e-9, 20e-9, 50e-9, 100e-9, 200e-9, 500e-9, 1e-6,
                                   2e-6, 5e-6, 10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3,
                                   2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 100e-3, 200e-3, 500e-3, 1.0};
constexpr std::array slopes{6.0, 12.0, 18.0, 24.0};

}  // namespace

std::optional<bool> is_plain_output(std::string_view frame) {
    const auto line = line_of(frame, terminator);
    const auto numbers = line ? numbers_in(*line, ',', 2) : std::nullopt;
    if (!numbers) {
        return std::nullopt;
    }
    return (*numbers)[0] == 0.0 && (*numbers)[1] == 0.0;
}

std::string status_word(unsigned lias) {
    if ((lias & input_overload) != 0) {
        return "overload";
    }
    if ((lias & filter_overload) != 0) {
        return "filter_overload";
    }
    if ((lias & output_overload) != 0) {
        return "output_overload";
    }
    if ((lias & unlocked) != 0) {
        return "unlocked";
    }
    if ((lias & (range_crossed | time_constant_changed)) != 0) {
        return "settings_changed";
    }
    return {};
}

std::span<const double> time_constants_s() {
    return time_constants;
}

std::span<const double> sensitivities_V() {
    return sensitivities;
}

std::span<const double> slopes_dB() {
    return slopes;
}

}  // namespace relaxd::drivers::parts::sr830
