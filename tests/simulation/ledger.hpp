// SPDX-License-Identifier: MIT
//
// Books that the daemon cannot cook: what the device took, written down at the device; what was
// published, written down when it was; and what the file holds must agree with both.
#pragma once

#include "daemon/serve/laboratory.hpp"
#include "drivers/simulator/q800_device.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace relaxd::test::simulation {

/// Everything the device took, by the run's token.
class Ledger {
  public:
    void take(const simulator::SimReading& reading, const std::string& token) {
        lines_[token][reading.number] = simulator::framed(simulator::reading_payload(reading));
        ++readings_;
    }
    /// The line of a reading as it left the device, or nothing.
    [[nodiscard]] const std::string* line(const std::string& token, std::uint64_t number) const {
        const auto run = lines_.find(token);
        if (run == lines_.end()) {
            return nullptr;
        }
        const auto found = run->second.find(number);
        return found == run->second.end() ? nullptr : &found->second;
    }
    [[nodiscard]] std::uint64_t newest(const std::string& token) const {
        const auto run = lines_.find(token);
        return run == lines_.end() || run->second.empty() ? 0 : run->second.rbegin()->first;
    }
    [[nodiscard]] std::uint64_t readings() const { return readings_; }

  private:
    std::map<std::string, std::map<std::uint64_t, std::string>> lines_;
    std::uint64_t readings_ = 0;
};

/// Every row that was shown to a client, by run, in the order shown.
using Published = std::map<std::int64_t, std::vector<std::shared_ptr<const daemon::Published>>>;

}  // namespace relaxd::test::simulation
