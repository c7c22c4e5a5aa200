// SPDX-License-Identifier: MIT
#include "tests/conformance/child_process.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace relaxd::test {

ChildProcess::ChildProcess(
    const std::vector<std::string>& arguments, std::chrono::milliseconds patience
) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    std::array<int, 2> pipe_ends{};
    if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
        return;
    }
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(pipe_ends[1], STDOUT_FILENO);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(pipe_ends[1]);
    output_ = pipe_ends[0];
    pollfd waiting{output_, POLLIN, 0};
    char c = 0;
    const int wait_ms = static_cast<int>(patience.count());
    while (::poll(&waiting, 1, wait_ms) > 0 && ::read(output_, &c, 1) == 1 && c != '\n') {
        first_line_ += c;
    }
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) {
        ::kill(pid_, SIGTERM);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    }
    if (output_ >= 0) {
        ::close(output_);
    }
}

}  // namespace relaxd::test
