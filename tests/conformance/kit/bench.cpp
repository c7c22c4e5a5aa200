// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/bench.hpp"

#include "drivers/link/uri.hpp"

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace relaxd::test::kit {

std::string_view to_word(Carrier carrier) {
    switch (carrier) {
        case Carrier::memory: return "memory";
        case Carrier::tcp: return "TCP";
        case Carrier::pty: return "pty";
    }
    return "";
}

std::string scratch_path(const std::string& name) {
    static int count = 0;
    return (std::filesystem::temp_directory_path() /
            ("relaxd-kit-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + name))
        .string();
}

// --- the loop

HastyTiming::HastyTiming(int hurry) : begun_(clock_.steady()), hurry_(hurry) {}

SteadyTime HastyTiming::steady() const {
    return SteadyTime{begun_.ns + hurry_ * (clock_.steady().ns - begun_.ns)};
}

void HastyTiming::arm(boost::asio::steady_timer& timer, SteadyTime when) {
    const std::int64_t left_ns = when.ns - begun_.ns;
    const std::int64_t up = left_ns > 0 ? hurry_ - 1 : 0;  // not before it is time
    timing_.arm(timer, SteadyTime{begun_.ns + (left_ns + up) / hurry_});
}

void HastyTiming::disarm(boost::asio::steady_timer& timer) {
    timing_.disarm(timer);
}

Bench::Bench(Carrier carrier, int hurry) : is_virtual_(carrier == Carrier::memory), hurry_(hurry) {
    if (is_virtual_) {
        manual_ = std::make_unique<ManualTiming>();
    } else {
        real_ = std::make_unique<HastyTiming>(hurry);
    }
}

void Bench::step(SteadyTime end) {
    io.restart();
    if (!is_virtual_) {
        const std::chrono::nanoseconds left((end.ns - now().ns) / hurry_);
        io.run_one_for(std::min<std::chrono::nanoseconds>(left, 20ms));
    } else if (io.poll_one() == 0) {
        const auto due = manual_->next_due();
        manual_->advance_to(due && *due < end ? *due : end);
    }
}

bool Bench::comes_to_rest() {
    io.restart();
    if (is_virtual_) {
        io.poll();
    } else {
        io.run_for(2s);
    }
    return io.stopped();
}

std::unique_ptr<drivers::link::Opener> way_through(
    ChaosProxy& proxy, Bench& bench, Carrier carrier, const std::string& serial_query
) {
    if (carrier == Carrier::memory) {
        return proxy.make_opener();
    }
    auto where = carrier == Carrier::tcp ? proxy.listen() : proxy.open_pty(scratch_path("pty"));
    INFO((where ? std::string() : where.error().sentence()));
    REQUIRE(where.has_value());
    auto uri = drivers::link::parse_uri(carrier == Carrier::pty ? *where + serial_query : *where);
    REQUIRE(uri.has_value());
    return drivers::link::make_opener(bench.io.get_executor(), *uri, bench.timing());
}

}  // namespace relaxd::test::kit
