// SPDX-License-Identifier: MIT
//
// `--record`: one JSON object a line for every reading taken, with its values exactly as sent and
// the truth behind it.

#pragma once

#include "drivers/simulator/experiment.hpp"
#include "schema/base/result.hpp"

#include <fstream>
#include <memory>
#include <string>

namespace relaxd::simulator {

/// The line of a reading, without LF. Absent values are null.
[[nodiscard]] std::string record_line(const SimReading& reading, const std::string& run_token);

class RecordFile {
  public:
    /// Replaces what stands in `path`.
    [[nodiscard]] static Result<std::unique_ptr<RecordFile>> create(const std::string& path);

    void add(const SimReading& reading, const std::string& run_token);
    void flush() { stream_.flush(); }
    /// False after a failed write.
    [[nodiscard]] bool good() const { return stream_.good(); }

  private:
    explicit RecordFile(const std::string& path) : stream_(path, std::ios::trunc) {}
    std::ofstream stream_;
};

}  // namespace relaxd::simulator
