// SPDX-License-Identifier: MIT
//
// One operation for callgrind, which collects only inside `relaxd_counted` (tools/bench): machine
// instructions do not depend on the load of the machine.
//
//   count_instructions --list     the names
//   count_instructions NAME       runs it; where its tables are warm, a second time under the count
#include "tests/bench/operations.hpp"

#include <cstdio>
#include <string>
#include <thread>

extern "C" [[gnu::noinline]] double relaxd_counted(const relaxd::bench::Operation& operation) {
    return operation.run();
}

int main(int argc, char** argv) {
    const std::string wanted = argc == 2 ? argv[1] : "";
    for (const auto& operation : relaxd::bench::operations()) {
        if (wanted == "--list") {
            std::printf("%s\n", operation.name.c_str());
        } else if (wanted == operation.name) {
            double result = 0.0;
            if (operation.cold) {
                std::thread([&] { result = relaxd_counted(operation); }).join();
            } else {
                result = operation.run();  // fills the tables
                result = relaxd_counted(operation);
            }
            std::printf("evaluations %.0f result %.17g\n", operation.evaluations, result);
            return 0;
        }
    }
    return wanted == "--list" ? 0 : 2;
}
