// SPDX-License-Identifier: MIT
#include "drivers/parts/sr830/dialect.hpp"
#include "drivers/simulator/parts/sr830_device.hpp"
#include "tests/conformance/kit/lock_in_subject.hpp"

namespace relaxd::test::kit {

std::vector<PartSubject> subjects_of_sr830() {
    PartSubject s = lock_in_subject("\r", "SNAP?1,2,9");
    s.name = "sr830";
    s.unit = [](const std::string& serial) {
        return lock_in_unit<simulator::Sr830Device>(serial, 0.0041);
    };
    s.make = polled_part(&drivers::parts::sr830::make_dialect, {}, "UNIT-A");
    s.too_far = {0.001, 7.2, 1e6};
    return {s};
}

}  // namespace relaxd::test::kit
