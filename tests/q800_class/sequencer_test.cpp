// SPDX-License-Identifier: MIT
//
// Order, holes and gaps, for any loss and any order of arrival (I-2, I-10).
#include "drivers/q800_class/sequencer.hpp"

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <set>
#include <vector>

using namespace relaxd::drivers::q800_class;
using relaxd::drivers::Delivery;
using relaxd::drivers::State;
using relaxd::drivers::StateChange;
using relaxd::record::Gap;
using relaxd::record::Reading;

namespace {

Reading reading(std::uint64_t number) {
    Reading r;
    r.number = number;
    r.time_s = static_cast<double>(number);
    return r;
}

StateLine state_line(const std::string& state, const std::string& token, std::uint64_t number) {
    StateLine line;
    line.state = state;
    line.token = token;
    line.reading = number;
    return line;
}

/// Everything that is ready, as text: "1 2 [3+2] 5 <idle>".
std::string drain(Sequencer& s) {
    std::string text;
    while (auto delivery = s.take()) {
        text += text.empty() ? "" : " ";
        if (const auto* r = std::get_if<Reading>(&*delivery)) {
            text += std::to_string(r->number);
        } else if (const auto* gap = std::get_if<Gap>(&*delivery)) {
            text +=
                "[" + std::to_string(gap->first_number) + "+" + std::to_string(gap->missing) + "]";
        } else {
            text += "<" + std::string(to_word(std::get<StateChange>(*delivery).state)) + ">";
        }
    }
    return text;
}

}  // namespace

TEST_CASE(
    "whatever is lost and resent, each reading is delivered once, in order", "[drivers][q800]"
) {
    CHECK(rc::check(
        "losses are repaired",
        [](const std::vector<bool>& lost, const std::set<int>& gone) {
            Sequencer s;
            s.restart_at(1, "t", true);
            std::string got;
            std::uint64_t delivered = 0;
            const auto count = static_cast<std::uint64_t>(lost.size());
            for (std::uint64_t n = 1; n <= count; ++n) {
                if (!lost[n - 1]) {
                    s.on_reading(reading(n));
                }
            }
            s.on_newest(count);
            // the instrument keeps a suffix: readings before `kept` are gone
            const std::uint64_t kept =
                gone.empty() || *gone.rbegin() < 1 ? 1 : static_cast<std::uint64_t>(*gone.rbegin());
            for (int round = 0; round < 1000; ++round) {
                const auto hole = s.wanted();
                if (!hole) {
                    break;
                }
                std::uint64_t first = 0;
                std::uint64_t last = 0;
                for (std::uint64_t n = std::max(hole->first, kept); n <= hole->last; ++n) {
                    s.on_reading(reading(n));
                    first = first == 0 ? n : first;
                    last = n;
                }
                s.on_resent(*hole, first, last);
            }
            RC_ASSERT(!s.wanted().has_value());
            while (auto delivery = s.take()) {
                if (const auto* gap = std::get_if<Gap>(&*delivery)) {
                    RC_ASSERT(gap->first_number == delivered + 1);
                    RC_ASSERT(gap->missing > 0U);
                    delivered += gap->missing;
                    RC_ASSERT(delivered < kept);
                } else {
                    RC_ASSERT(std::get<Reading>(*delivery).number == delivered + 1);
                    ++delivered;
                }
            }
            RC_ASSERT(delivered == count);
        }
    ));
}

TEST_CASE("a state line is delivered after the readings before it", "[drivers][q800]") {
    Sequencer s;
    s.restart_at(1, "t", true);
    s.on_reading(reading(2));
    s.on_state(state_line("cooling", "t", 2));
    CHECK(drain(s).empty());
    s.on_reading(reading(1));
    CHECK(drain(s) == "1 2 <cooling>");
}

TEST_CASE("a state line of another run is delivered at once and makes no hole", "[drivers][q800]") {
    Sequencer s;
    s.restart_at(1, "t", true);
    s.on_state(state_line("armed", "old", 500));
    CHECK(drain(s) == "<armed>");
    CHECK_FALSE(s.wanted().has_value());
}

TEST_CASE("before it is told where to begin no reading is delivered", "[drivers][q800]") {
    Sequencer s;
    s.on_reading(reading(57));
    s.on_state(state_line("idle", "t", 60));
    CHECK_FALSE(s.wanted().has_value());
    s.restart_at(50, "t", false);
    const auto hole = s.wanted();
    REQUIRE(hole.has_value());
    CHECK(hole->first == 50);
    CHECK(hole->last == 60);
    CHECK(drain(s).empty());
    for (std::uint64_t n = 50; n <= 60; ++n) {
        s.on_reading(reading(n));
    }
    CHECK(drain(s) == "50 51 52 53 54 55 56 57 58 59 60 <idle>");
}

TEST_CASE("resent readings that arrived already are dropped and counted", "[drivers][q800]") {
    Sequencer s;
    s.restart_at(1, "t", true);
    s.on_reading(reading(1));
    s.on_reading(reading(1));
    s.on_reading(reading(3));
    s.on_reading(reading(3));
    CHECK(s.duplicates() == 2);
    s.on_reading(reading(2));
    CHECK(drain(s) == "1 2 3");
}

TEST_CASE("a refused resend is a gap with the instrument's reason", "[drivers][q800]") {
    Sequencer s;
    s.restart_at(1, "t", true);
    s.on_reading(reading(4));
    s.on_refused(*s.wanted(), "unsupported");
    auto delivery = s.take();
    REQUIRE(delivery.has_value());
    const auto& gap = std::get<Gap>(*delivery);
    CHECK(gap.missing == 3);
    CHECK(gap.cause == "unsupported");
    CHECK(gap.to_time_s == 4.0);
    CHECK(drain(s) == "4");
}

TEST_CASE("state lines that nobody takes do not fill the memory", "[drivers][q800]") {
    Sequencer s;
    s.restart_at(1, "t", true);
    for (int i = 0; i < 100'000; ++i) {
        s.on_state(state_line("idle", "t", 0));
    }
    CHECK(s.ready() <= Sequencer::capacity + Sequencer::held_capacity);
}

TEST_CASE("a flood without a consumer is bounded and complete afterwards", "[drivers][q800]") {
    Sequencer s;
    s.restart_at(1, "t", true);
    for (std::uint64_t n = 1; n <= 50'000; ++n) {
        s.on_reading(reading(n));
    }
    CHECK(s.ready() <= Sequencer::capacity);
    std::uint64_t delivered = 0;
    while (delivered < 50'000) {
        while (auto delivery = s.take()) {
            REQUIRE(std::get<Reading>(*delivery).number == delivered + 1);
            ++delivered;
        }
        if (const auto hole = s.wanted()) {
            const auto last = std::min(hole->last, hole->first + 511);
            for (std::uint64_t n = hole->first; n <= last; ++n) {
                s.on_reading(reading(n));
            }
            s.on_resent(Sequencer::Range(hole->first, last), hole->first, last);
        }
    }
    CHECK(delivered == 50'000);
}
