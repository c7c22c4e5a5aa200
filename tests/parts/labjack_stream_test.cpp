// SPDX-License-Identifier: MIT
//
// The stream of a LabJack T7: every scan once, in order, with the volts that were there; what was
// lost in its place; and nothing wrong on a bad line. What is on the inputs tells its scan number.
#include "tests/parts/labjack_bench.hpp"

#include <cmath>

using namespace relaxd::test;
namespace drivers = relaxd::drivers;
using relaxd::Errc;
using relaxd::Result;

namespace {

/// Another voltage for each of 9000 scans in a row and each input.
double played_V(std::uint64_t scan, std::size_t input) {
    const double step = static_cast<double>((7 * scan) % 9000);
    return 1e-3 * step * (input == 0 ? 1.0 : -1.0);
}

/// Compares every sample with what was played, and the blocks with each other.
class Judge {
  public:
    explicit Judge(drivers::StreamInfo info) : info_(std::move(info)) {}

    void take(const drivers::SampleBlock& block) {
        REQUIRE(block.first_scan == next_);
        REQUIRE(block.scans > 0);
        next_ += block.scans;
        if (block.is_lost) {
            REQUIRE(block.codes.empty());
            lost_ += block.scans;
            return;
        }
        const std::size_t inputs = info_.inputs.size();
        REQUIRE(block.codes.size() == block.scans * inputs);
        for (std::uint64_t i = 0; i < block.scans; ++i) {
            for (std::size_t k = 0; k < inputs; ++k) {
                const auto& how = info_.inputs[k];
                const double volt = how.offset_V + how.volt_per_code * block.codes[i * inputs + k];
                const double wrong_V = volt - played_V(block.first_scan + i, k);
                REQUIRE(std::abs(wrong_V) <= 0.51 * how.volt_per_code);  // half a step
            }
        }
    }
    [[nodiscard]] std::uint64_t scans() const { return next_; }
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

  private:
    drivers::StreamInfo info_;
    std::uint64_t next_ = 0;
    std::uint64_t lost_ = 0;
};

void fetch(LabJackBench& bench, Judge& judge, std::uint64_t scans) {
    while (judge.scans() < scans) {
        judge.take(bench.must(bench.t7->next_block()));
    }
}

}  // namespace

TEST_CASE("every scan comes once, in order, with its volts", "[labjack]") {
    LabJackBench bench;
    bench.device.play(played_V);
    bench.must(bench.t7->open());
    const double rate_Hz = GENERATE(10.0, 200.0, 3000.0);
    const drivers::StreamInfo info = bench.start(rate_Hz);
    CHECK(info.rate_Hz == Approx(rate_Hz).epsilon(1e-3));
    REQUIRE(info.inputs.size() == 2);
    CHECK(info.inputs[0].name == "AIN0");
    CHECK(info.inputs[0].high_V == 10.0);
    CHECK(info.inputs[0].volt_per_code == Approx(0.0003158058 * 1.00012).epsilon(1e-7));
    Judge judge(info);
    const double begun_s = 1e-9 * static_cast<double>(bench.now().ns);
    fetch(bench, judge, static_cast<std::uint64_t>(10.0 * rate_Hz));
    const double took_s = 1e-9 * static_cast<double>(bench.now().ns) - begun_s;
    CHECK(took_s == Approx(10.0).margin(0.2));
    CHECK(judge.lost() == 0);
}

TEST_CASE("the rate is the one that the device can do, read back", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    // ljm_constants, STREAM_SCANRATE_HZ: multiples of 100 ns above 152.588 Hz, else of 1 us …
    CHECK(bench.start(300.0).rate_Hz == Approx(1e7 / 33333.0).epsilon(1e-7));
    CHECK(bench.start(70.0).rate_Hz == Approx(1e6 / 14285.0).epsilon(1e-7));
}

TEST_CASE("all inputs stream together, and other parts of the device go on", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    bench.device.feed(0, 0.5);
    bench.device.feed(13, -4.0);
    const drivers::StreamInfo info = bench.start(500.0, {"AIN13", "AIN2", "AIN0"});
    CHECK(bench.value_of("ain0_V").status == "streaming");  // no scan yet
    const drivers::SampleBlock block = bench.must(bench.t7->next_block());
    REQUIRE(block.codes.size() == 3 * block.scans);
    const auto volt = [&](std::size_t k) {
        return info.inputs[k].offset_V + info.inputs[k].volt_per_code * block.codes[k];
    };
    CHECK(volt(0) == Approx(-4.0).margin(2e-4));
    CHECK(volt(1) == Approx(0.0).margin(2e-4));
    CHECK(volt(2) == Approx(0.5).margin(2e-4));
    CHECK(bench.value_of("ain0_V").number == Approx(0.5).margin(2e-4));
    CHECK(bench.value_of("ain1_V").status == "streaming");
    CHECK(bench.must(bench.t7->set("dac0_V", 1.0)) == Approx(1.0).margin(2.5e-3));
    CHECK(bench.must(bench.t7->verify()).is_as_set());
    const auto all = bench.must(bench.t7->read({}));
    REQUIRE(all.size() == 6);
    CHECK(all[4].quantity == "dac0_V");
    CHECK(all[4].has_number());
    bench.must(bench.t7->next_block());
    bench.must(bench.t7->stop_stream());
    CHECK_FALSE(bench.device.is_streaming());
    CHECK(bench.value_of("ain1_V").has_number());
}

TEST_CASE("what cannot be streamed is refused before any byte", "[labjack]") {
    LabJackBench bench;
    drivers::StreamSettings wanted;
    wanted.inputs = {"AIN0"};
    wanted.rate_Hz = 100.0;
    CHECK(bench.run(bench.t7->start_stream(wanted)).error().code == Errc::unreachable);
    bench.must(bench.t7->open());
    bench.heard.clear();
    struct Case {
        std::vector<std::string> inputs;
        double rate_Hz;
    };
    const std::vector<Case> cases{
        {{}, 100.0},
        {{"AIN14"}, 100.0},
        {{"AIN"}, 100.0},
        {{"AIN00"}, 100.0},
        {{"ain0"}, 100.0},
        {{"AIN0", "AIN0"}, 100.0},
        {{"AIN0"}, 0.0},
        {{"AIN0"}, -5.0},
        {{"AIN0"}, 0.01},
        {{"AIN0"}, 100'001.0},
        {{"AIN0", "AIN1"}, 50'001.0},
        {{"AIN0"}, std::nan("")},
        {{"AIN0"}, HUGE_VAL}
    };
    for (const Case& one : cases) {
        wanted.inputs = one.inputs;
        wanted.rate_Hz = one.rate_Hz;
        CHECK(bench.run(bench.t7->start_stream(wanted)).error().code == Errc::refused);
    }
    CHECK(bench.heard.empty());
    CHECK(bench.run(bench.t7->next_block()).error().code == Errc::cancelled);
}

TEST_CASE("what the device lost stands in its place, with its number", "[labjack]") {
    LabJackBench bench;  // at speed 1 it overflows as a real one does
    bench.device.play(played_V);
    bench.must(bench.t7->open());
    Judge judge(bench.start(1000.0));
    fetch(bench, judge, 500);
    bench.pass(12.0);  // 8192 scans fit
    fetch(bench, judge, 12'000);
    const std::uint64_t first = judge.lost();
    CHECK(first > 3000);
    bench.pass(10.0);
    fetch(bench, judge, 40'000);
    CHECK(judge.lost() > first);
    CHECK(judge.lost() == bench.device.lost_scans());
}

TEST_CASE("a clock that runs faster waits for the host: nothing is lost", "[labjack]") {
    LabJackBench bench(200.0);
    bench.device.play(played_V);
    bench.must(bench.t7->open());
    Judge judge(bench.start(1000.0));
    for (int i = 0; i < 20; ++i) {
        fetch(bench, judge, judge.scans() + 3000);
        bench.pass(0.5);  // 100 s of its own; 8192 scans fit
    }
    CHECK(judge.lost() == 0);
    CHECK(bench.device.lost_scans() == 0);
}

TEST_CASE("a stream begins anew with scan 0, and nothing of the last one comes", "[labjack]") {
    LabJackBench bench;
    bench.device.play(played_V);
    bench.must(bench.t7->open());
    for (int i = 0; i < 5; ++i) {
        Judge judge(bench.start(400.0));
        fetch(bench, judge, 150);
        bench.pass(0.3);
    }
    bench.must(bench.t7->stop_stream());
    bench.must(bench.t7->stop_stream());
    CHECK(bench.run(bench.t7->next_block()).error().code == Errc::cancelled);
}

TEST_CASE("who waits for a block is told when the stream ends", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    bench.start(0.1);
    auto waiting = bench.spawn(bench.t7->next_block());
    bench.pass(0.2);
    CHECK_FALSE(waiting->has_value());
    CHECK(bench.run(bench.t7->next_block()).error().code == Errc::busy);
    SECTION("by stop_stream()") {
        bench.must(bench.t7->stop_stream());
    }
    SECTION("by another stream") {
        bench.start(100.0);
    }
    SECTION("by close()") {
        bench.t7->close();
    }
    SECTION("by destruction") {
        bench.t7.reset();
    }
    bench.pass(0.2);
    REQUIRE(waiting->has_value());
    REQUIRE_FALSE((*waiting)->has_value());
    CHECK((*waiting)->error().code == Errc::cancelled);
}

TEST_CASE("a lost link ends the stream", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    bench.start(100.0);
    bench.must(bench.t7->next_block());
    auto waiting = bench.spawn(bench.t7->next_block());
    bench.unplug();
    bench.pass(0.5);
    REQUIRE(waiting->has_value());
    CHECK((*waiting)->error().code == Errc::unreachable);
    CHECK(bench.run(bench.t7->next_block()).error().code == Errc::unreachable);
    bench.must(bench.t7->open());
    CHECK(bench.run(bench.t7->next_block()).error().code == Errc::cancelled);
    bench.device.play(played_V);
    Judge judge(bench.start(100.0));  // that of before still runs in the device
    fetch(bench, judge, 50);
}

TEST_CASE("a device that was restarted has no stream, and says so", "[labjack]") {
    LabJackBench bench;
    bench.must(bench.t7->open());
    bench.start(100.0);
    bench.must(bench.t7->next_block());
    bench.device.reboot();
    const bool verifies = GENERATE(false, true);
    if (verifies) {
        CHECK(bench.must(bench.t7->verify()).has_rebooted);
    }
    const Result<drivers::SampleBlock> block = bench.run(bench.t7->next_block());
    REQUIRE_FALSE(block.has_value());
    CHECK(block.error().code == Errc::corrupt);
    CHECK(bench.run(bench.t7->next_block()).error().code == Errc::corrupt);
    bench.must(bench.t7->verify());
    bench.device.play(played_V);
    Judge judge(bench.start(100.0));
    fetch(bench, judge, 50);
}

TEST_CASE("safe() does not wait for the stream", "[labjack]") {
    LabJackBench bench;
    bench.device.play(played_V);
    bench.must(bench.t7->open());
    bench.must(bench.t7->set("dac0_V", 4.0));
    Judge judge(bench.start(100.0));
    fetch(bench, judge, 30);
    auto waiting = bench.spawn(bench.t7->next_block());
    bench.must(bench.t7->safe());
    CHECK(bench.device.output_V(0) == 0.0);
    for (int i = 0; i < 100 && !waiting->has_value(); ++i) {
        bench.pass(0.1);
    }
    REQUIRE(waiting->has_value());
    if (waiting->value().has_value()) {
        judge.take(**waiting->operator->());
    } else {
        CHECK(waiting->value().error().code == Errc::corrupt);
    }
}

TEST_CASE("on a bad line no scan is wrong and none comes twice", "[labjack]") {
    const std::string plan =
        GENERATE(as<std::string>{}, "split", "delayed", "late", "dropped", "doubled", "everything");
    INFO(plan);
    LabJackBench bench;
    bench.device.play(played_V);
    bench.must(bench.t7->open());
    LineTroubles troubles;
    const bool all = plan == "everything";
    troubles.split = plan == "split" ? 0.8 : all ? 0.2 : 0.0;
    troubles.delayed = plan == "delayed" ? 0.8 : all ? 0.2 : 0.0;
    troubles.late = plan == "late" ? 0.02 : all ? 0.005 : 0.0;
    troubles.dropped = plan == "dropped" ? 0.02 : all ? 0.005 : 0.0;
    troubles.doubled = plan == "doubled" ? 0.05 : all ? 0.01 : 0.0;
    bench.wire.troubles = troubles;
    std::uint64_t right = 0;
    int starts = 0;
    for (int i = 0; i < 400 && right < 20'000; ++i) {
        drivers::StreamSettings wanted;
        wanted.inputs = {"AIN0", "AIN1"};
        wanted.rate_Hz = 500.0;
        const Result<drivers::StreamInfo> info = bench.run(bench.t7->start_stream(wanted));
        if (!info) {
            if (!bench.t7->is_open()) {
                static_cast<void>(bench.run(bench.t7->open()));
            }
            continue;
        }
        ++starts;
        Judge judge(*info);
        while (judge.scans() - judge.lost() < 20'000) {
            const Result<drivers::SampleBlock> block = bench.run(bench.t7->next_block());
            if (!block) {
                const Errc code = block.error().code;
                CHECK((code == Errc::corrupt || code == Errc::unreachable));
                break;
            }
            judge.take(*block);
        }
        right += judge.scans() - judge.lost();
    }
    CHECK(right >= 20'000);
    CHECK((plan != "split" || starts == 1));
    CHECK((plan != "delayed" || starts == 1));
    CHECK((plan != "dropped" || starts > 1));
}
