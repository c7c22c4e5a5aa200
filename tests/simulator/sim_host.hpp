// SPDX-License-Identifier: MIT
// A host on a manual clock for tests of the simulated instrument.
#pragma once

#include "drivers/simulator/q800_device.hpp"
#include "tests/simulator/table1.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::test {

inline simulator::SimOptions sim_options(double speed, std::uint64_t seed = 1) {
    simulator::SimOptions options;
    options.params = table1();
    options.seed = seed;
    options.speed = speed;
    return options;
}

class SimHost {
  public:
    explicit SimHost(const simulator::SimOptions& options) : device(options) {}

    /// Sends a request with a fresh ID; collects what comes back and returns the answer without ID.
    std::string ask(const std::string& request) {
        const std::string id = std::to_string(++id_);
        raw(simulator::framed(id + " " + request));
        for (std::size_t i = seen_; i < lines.size(); ++i) {
            if (lines[i].rfind("= " + id + " ", 0) == 0 ||
                lines[i].rfind("! " + id + " ", 0) == 0) {
                return lines[i].substr(0, 2) + lines[i].substr(3 + id.size());
            }
        }
        return "no answer";
    }

    /// Sends bytes as they are.
    void raw(const std::string& sent) {
        seen_ = lines.size();
        device.receive(sent, SteadyTime{now_ns});
        collect();
    }

    void advance_s(double seconds) {
        now_ns += static_cast<std::int64_t>(seconds * 1e9);
        device.advance_to(SteadyTime{now_ns});
        collect();
    }

    /// Until the run is over, in steps of host time. False after `steps_max`.
    bool finish(double step_s, int steps_max = 1000000) {
        for (int k = 0; k < steps_max; ++k) {
            advance_s(step_s);
            if (count("S cooling") + count("S idle") > 0) {
                return true;
            }
        }
        return false;
    }

    std::string download(
        const std::vector<std::string>& method, const std::string& token = "run-1"
    ) {
        std::string last = ask("method begin " + token + " " + std::to_string(method.size()));
        for (std::size_t k = 0; k < method.size() && last[0] == '='; ++k) {
            last = ask("method line " + std::to_string(k + 1) + " " + method[k]);
        }
        return last[0] == '=' ? ask("method commit") : last;
    }

    /// Lines that begin with `head`.
    [[nodiscard]] std::vector<std::string> with(const std::string& head) const {
        std::vector<std::string> found;
        for (const std::string& line : lines) {
            if (line.rfind(head, 0) == 0) {
                found.push_back(line);
            }
        }
        return found;
    }
    [[nodiscard]] std::size_t count(const std::string& head) const { return with(head).size(); }

    void collect() {
        while (true) {
            const std::string out = device.take_output();
            if (out.empty()) {
                return;
            }
            bytes += out;
            for (const simulator::IncomingLine& line : cutter_.feed(out)) {
                lines.push_back(line.valid ? line.payload : "CORRUPT");
            }
        }
    }

    simulator::Q800Device device;
    std::vector<std::string> lines;  ///< Payloads, in order.
    std::string bytes;
    std::int64_t now_ns = 0;

  private:
    simulator::LineCutter cutter_;
    int id_ = 0;
    std::size_t seen_ = 0;
};

/// The readings of one run from beginning to end, looked at every `step_s` of host time.
inline std::vector<std::string> run(
    const std::vector<std::string>& method, const simulator::SimOptions& options, double step_s
) {
    SimHost host(options);
    REQUIRE(host.download(method).rfind("= method", 0) == 0);
    REQUIRE(host.ask("start run-1") == "= start token=run-1");
    REQUIRE(host.finish(step_s));
    return host.with("R ");
}

inline std::vector<std::string> ramp_method() {
    return {
        "mode multi-frequency-strain",
        "clamp single-cantilever",
        "geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35",
        "amplitude displacement_m=1.5e-05",
        "frequencies 1 2 4 8 16",
        "segment equilibrate temperature_K=300",
        "segment isothermal duration_s=600",
        "segment ramp rate_K_per_s=0.05 temperature_K=550",
    };
}

inline std::vector<std::string> creep_method() {
    return {
        "mode creep",
        "clamp tension",
        "geometry length_m=0.01 width_m=0.0005 thickness_m=0.0005 poisson_ratio=0.35",
        "segment sampling_log points_per_decade=20 start_s=0.05",
        "segment equilibrate temperature_K=430",
        "segment displace stress_Pa=25000000 duration_s=330",
        "segment sampling interval_s=1",
        "segment recover duration_s=1000",
    };
}

}  // namespace relaxd::test
