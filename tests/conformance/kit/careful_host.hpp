// SPDX-License-Identifier: MIT
//
// What a careful host does with an instrument on a bad line: it connects until it has succeeded,
// compares the serial number, finds out what became of a command that failed, fetches what it
// missed, and never takes a reading twice. The daemon does the same (daemon/acquire, daemon/run).
#pragma once

#include "drivers/api/instrument.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace relaxd::test::kit {

/// `L` is a laboratory: run(call), pass(time) and `instrument`.
template <typename L>
class CarefulHost {
  public:
    /// `may_miss`: a reading that was due while the line was down is a gap, and no fault.
    explicit CarefulHost(L& lab, bool may_miss = false) : lab_(lab), may_miss_(may_miss) {}

    /// Until the right instrument answers; readings come from `next_number` on, 0 = not yet.
    void connect(std::uint64_t next_number) {
        for (int i = 0; i < 200; ++i) {
            const auto identity = lab_.run(lab_.instrument->open());
            if (identity && serial_.empty()) {
                serial_ = identity->serial_number;
            }
            if (identity && identity->serial_number != serial_) {
                ++strangers;
            } else if (identity) {
                if (next_number == 0 ||
                    lab_.run(lab_.instrument->fetch_from(next_number)).has_value()) {
                    return;
                }
            }
            lab_.instrument->close();
            lab_.pass(std::chrono::milliseconds(20));
        }
        FAIL("never connected again");
    }

    /// Loads and starts, however often that takes; a start that failed may have been executed.
    void begin(
        const method::Method& method, const record::Specimen& specimen, const std::string& token
    ) {
        for (int i = 0; i < 200; ++i) {
            const auto status = lab_.run(lab_.instrument->status());
            if (!status) {
                connect(0);
            } else if (status->run_token == token && status->state != drivers::State::armed) {
                if (lab_.run(lab_.instrument->fetch_from(1)).has_value()) {
                    return;
                }
            } else if (status->run_token == token && is_loaded_) {
                static_cast<void>(lab_.run(lab_.instrument->start()));
            } else {
                is_loaded_ = lab_.run(lab_.instrument->load(method, specimen, token)).has_value();
            }
        }
        FAIL("never started");
    }

    /// Until the run is over and everything known is here.
    void follow() {
        for (int i = 0; i < 100'000; ++i) {
            const auto status = lab_.run(lab_.instrument->status());
            const bool whole = status && take_up_to(status->last_number);
            if (!whole) {
                connect(next_);
                continue;
            }
            if (status->state == drivers::State::idle || status->state == drivers::State::cooling ||
                status->state == drivers::State::fault) {
                cause = status->end_cause;
                return;
            }
            lab_.pass(std::chrono::milliseconds(20));
        }
        FAIL("the run never ended");
    }

    std::vector<record::Reading> readings;
    std::string cause;
    std::uint64_t missing = 0;
    int strangers = 0;

  private:
    bool take_up_to(std::uint64_t number) {
        while (next_ <= number) {
            auto delivery = lab_.run(lab_.instrument->next());
            if (!delivery) {
                return false;
            }
            if (auto* reading = std::get_if<record::Reading>(&*delivery)) {
                REQUIRE(reading->number == next_);
                ++next_;
                lab_.instrument->acknowledge(reading->number);
                readings.push_back(std::move(*reading));
            } else if (const auto* gap = std::get_if<record::Gap>(&*delivery)) {
                INFO("a gap: " << gap->cause);
                REQUIRE(may_miss_);
                REQUIRE(gap->first_number == next_);
                next_ += gap->missing;
                missing += gap->missing;
            }
        }
        return true;
    }

    L& lab_;
    bool may_miss_;
    std::uint64_t next_ = 1;
    std::string serial_;
    bool is_loaded_ = false;
};

}  // namespace relaxd::test::kit
