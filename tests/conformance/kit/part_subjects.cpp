// SPDX-License-Identifier: MIT
//
// The table of what the part suite is run against. A new part NAME: one file subject_of_NAME.cpp,
// and here one declaration and one line.
#include "tests/conformance/kit/described_subject.hpp"
#include "tests/conformance/kit/part_subject.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace relaxd::test::kit {

std::vector<PartSubject> subjects_of_eurotherm();
std::vector<PartSubject> subjects_of_keysight_33500();
std::vector<PartSubject> subjects_of_labjack_t7();
std::vector<PartSubject> subjects_of_lake_shore();
std::vector<PartSubject> subjects_of_mks();
std::vector<PartSubject> subjects_of_pfeiffer_tpg();
std::vector<PartSubject> subjects_of_protocol_file();
std::vector<PartSubject> subjects_of_solartron();
std::vector<PartSubject> subjects_of_sr830();
std::vector<PartSubject> subjects_of_sr86x();

namespace {

struct Entry {
    const char* name;  ///< As in the file's name.
    std::vector<PartSubject> (*subjects)();
};

constexpr std::array entries{
    Entry{"eurotherm", &subjects_of_eurotherm},
    Entry{"keysight_33500", &subjects_of_keysight_33500},
    Entry{"labjack_t7", &subjects_of_labjack_t7},
    Entry{"lake_shore", &subjects_of_lake_shore},
    Entry{"mks", &subjects_of_mks},
    Entry{"pfeiffer_tpg", &subjects_of_pfeiffer_tpg},
    Entry{"protocol_file", &subjects_of_protocol_file},
    Entry{"solartron", &subjects_of_solartron},
    Entry{"sr830", &subjects_of_sr830},
    Entry{"sr86x", &subjects_of_sr86x},
};

/// RELAXD_KIT_PART=FILE: a device that somebody has described, instead of ours.
/// RELAXD_KIT_ONLY=NAME: one of the table.
std::vector<PartSubject> chosen() {
    if (const char* file = std::getenv("RELAXD_KIT_PART")) {  // NOLINT(concurrency-mt-unsafe)
        return {described_subject(file)};
    }
    const char* const only = std::getenv("RELAXD_KIT_ONLY");  // NOLINT(concurrency-mt-unsafe)
    std::vector<PartSubject> table;
    std::string known;
    for (const Entry& entry : entries) {
        known += std::string(known.empty() ? "" : ", ") + entry.name;
        if (only != nullptr && std::string_view(only) != entry.name) {
            continue;
        }
        for (PartSubject& one : entry.subjects()) {
            table.push_back(std::move(one));
        }
    }
    if (table.empty()) {
        throw std::invalid_argument(
            std::string("RELAXD_KIT_ONLY = ") + only + " is no part; known are " + known
        );
    }
    return table;
}

}  // namespace

const std::vector<PartSubject>& part_subjects() {
    static const std::vector<PartSubject> table = chosen();
    return table;
}

}  // namespace relaxd::test::kit
