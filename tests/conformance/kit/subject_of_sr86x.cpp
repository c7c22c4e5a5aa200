// SPDX-License-Identifier: MIT
#include "drivers/parts/sr86x/dialect.hpp"
#include "drivers/simulator/parts/sr86x_device.hpp"
#include "tests/conformance/kit/lock_in_subject.hpp"

namespace relaxd::test::kit {

std::vector<PartSubject> subjects_of_sr86x() {
    PartSubject s = lock_in_subject("\n", "SNAP? 0,1,15");
    s.name = "sr86x";
    s.unit = [](const std::string& serial) {
        return lock_in_unit<simulator::Sr86xDevice>(serial, 1e-6);
    };
    s.make = polled_part(&drivers::parts::sr86x::make_dialect, {}, "UNIT-A");
    s.too_far = {-0.1, 3.0, 1e6};
    return {s};
}

}  // namespace relaxd::test::kit
