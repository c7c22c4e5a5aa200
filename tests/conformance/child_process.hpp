// SPDX-License-Identifier: MIT
//
// A child process whose first line of output says where it listens; ended with SIGTERM.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace relaxd::test {

class ChildProcess {
  public:
    /// Starts `arguments` (the program first) and waits for one line on its stdout, for each byte
    /// of it at most `patience`.
    explicit ChildProcess(
        const std::vector<std::string>& arguments,
        std::chrono::milliseconds patience = std::chrono::seconds(10)
    );
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The first line, without its LF; empty if the program ended or said nothing.
    [[nodiscard]] const std::string& first_line() const { return first_line_; }

  private:
    int pid_ = -1;
    int output_ = -1;
    std::string first_line_;
};

}  // namespace relaxd::test
