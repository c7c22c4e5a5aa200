// SPDX-License-Identifier: MIT
#include "drivers/parts/sr86x/protocol.hpp"

#include <array>

namespace relaxd::drivers::parts::sr86x {
namespace {

constexpr std::array time_constants{1e-6,  3e-6,  10e-6, 30e-6, 100e-6, 300e-6, 1e-3, 3e-3,
                                    10e-3, 30e-3, 0.1,   0.3,   1.0,    3.0,    10.0, 30.0,
                                    100.0, 300.0, 1e3,   3e3,   10e3,   30e3};
constexpr std::array sensitivities{1.0,    0.5,   0.2,   0.1,    50e-3,  20e-3,  10e-3,
                                   5e-3,   2e-3,  1e-3,  500e-6, 200e-6, 100e-6, 50e-6,
                                   20e-6,  10e-6, 5e-6,  2e-6,   1e-6,   500e-9, 200e-9,
                                   100e-9, 50e-9, 20e-9, 10e-9,  5e-9,   2e-9,   1e-9};
constexpr std::array input_ranges{1.0, 0.3, 0.1, 0.03, 0.01};
constexpr std::array slopes{6.0, 12.0, 18.0, 24.0};

}  // namespace

std::string status_word(unsigned lias) {
    if ((lias & input_overload) != 0) {
        return "overload";
    }
    if ((lias & (channel_1_overload | channel_2_overload)) != 0) {
        return "output_overload";
    }
    if ((lias & unlocked) != 0) {
        return "unlocked";
    }
    if ((lias & (sync_out_of_range | sync_overload)) != 0) {
        return "filter_overload";
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

std::span<const double> input_ranges_V() {
    return input_ranges;
}

}  // namespace relaxd::drivers::parts::sr86x
