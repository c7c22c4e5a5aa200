// SPDX-License-Identifier: MIT
//
// relaxctl as users meet it: a process with words in, an exit code and text out.
#pragma once

#include "tests/support/catch.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace relaxd::test {

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "relaxctl_XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const {
        return (path_ / name).string();
    }
    [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return file(name);
    }
    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream in(path_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

  private:
    std::filesystem::path path_;
};

struct Outcome {
    int exit_code = -1;
    std::string out;
    std::string err;
};

/// Runs relaxctl to its end. Without a --url of their own, words meet a port that nobody listens
/// on.
inline Outcome relaxctl(const std::vector<std::string>& words) {
    const Folder folder;
    const std::string out = folder.file("out");
    const std::string err = folder.file("err");
    const std::string program = RELAXD_BIN_DIR "/relaxctl";
    REQUIRE(std::filesystem::exists(program));
    std::vector<char*> arguments{const_cast<char*>(program.c_str())};
    for (const std::string& word : words) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (std::freopen(out.c_str(), "w", stdout) == nullptr ||
            std::freopen(err.c_str(), "w", stderr) == nullptr) {
            _exit(126);
        }
        setenv("RELAXD_URL", "http://127.0.0.1:9", 1);
        execv(program.c_str(), arguments.data());
        _exit(127);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    Outcome outcome;
    REQUIRE(WIFEXITED(status));
    outcome.exit_code = WEXITSTATUS(status);
    outcome.out = folder.read("out");
    outcome.err = folder.read("err");
    return outcome;
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace relaxd::test
