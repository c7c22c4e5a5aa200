// SPDX-License-Identifier: MIT
//
// A part whose answers take minutes: a frequency-response analyser at 0.01 Hz, in virtual time.
#include "drivers/parts/polled/polled_part.hpp"
#include "drivers/parts/solartron/dialect.hpp"
#include "drivers/simulator/parts/solartron_device.hpp"
#include "tests/conformance/kit/bench.hpp"
#include "tests/conformance/kit/device_host.hpp"

#include <complex>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace relaxd::test::kit;
using relaxd::Errc;
using relaxd::Result;
namespace drivers = relaxd::drivers;
namespace simulator = relaxd::simulator;

namespace {

using Values = Result<std::vector<drivers::PartValue>>;

struct Laboratory {
    Laboratory() {
        auto dialect = drivers::parts::solartron::make_dialect({});
        REQUIRE(dialect.has_value());
        part = std::make_unique<drivers::parts::PolledPart>(
            bench.io.get_executor(), host.make_opener(), bench.timing(), std::move(*dialect)
        );
        REQUIRE(bench.run(part->open()).has_value());
    }
    ~Laboratory() {
        part.reset();
        host.stop();
        CHECK(bench.comes_to_rest());
    }
    Laboratory(const Laboratory&) = delete;
    Laboratory& operator=(const Laboratory&) = delete;

    void set(const std::string& name, double value) {
        const auto held = bench.run(part->set(name, value));
        INFO((held ? std::string() : held.error().sentence()));
        REQUIRE(held.has_value());
    }
    [[nodiscard]] double now_s() const { return static_cast<double>(bench.now().ns) * 1e-9; }
    /// Begins one measurement.
    std::shared_ptr<std::optional<Values>> measure() {
        auto result = std::make_shared<std::optional<Values>>();
        std::vector<std::string> names{"ratio_real", "ratio_imag"};
        bench.spawn(part->read(std::move(names)), result);
        return result;
    }

    Bench bench{Carrier::memory};
    simulator::PendulumRig rig{simulator::PendulumSetup(simulator::ShearMaterial::elastic(3.0e10))};
    simulator::SolartronDevice device{rig, simulator::SolartronModel::m1260, true};
    DeviceHost host{bench.io.get_executor(), bench.timing(), device};
    std::unique_ptr<drivers::parts::PolledPart> part;
};

}  // namespace

TEST_CASE("a result that takes minutes is awaited, and is the pendulum's", "[conformance][kit]") {
    Laboratory lab;
    lab.set("frequency_Hz", 0.01);
    lab.set("cycles", 2.0);
    lab.set("amplitude_V", 0.1);
    const double begun_s = lab.now_s();
    const auto result = lab.measure();
    REQUIRE(lab.bench.until([&] { return result->has_value(); }, 1000s));
    CHECK(lab.now_s() - begun_s == Approx(200.0).margin(1.0));
    REQUIRE((*result)->has_value());
    const auto& values = ***result;
    const std::complex<double> truth = lab.rig.settled_ratio();
    const std::complex<double> told(values[0].number, values[1].number);
    CHECK(std::abs(truth) > 0.0);
    CHECK(std::abs(told - truth) < 1e-4 * std::abs(truth));
}

TEST_CASE("safe() does not wait for a result that takes minutes", "[conformance][kit]") {
    Laboratory lab;
    lab.set("frequency_Hz", 0.01);
    lab.set("amplitude_V", 0.5);
    const auto result = lab.measure();
    lab.bench.pass(20s);
    CHECK_FALSE(result->has_value());
    const double begun_s = lab.now_s();
    CHECK(lab.bench.run(lab.part->safe()).has_value());
    CHECK(lab.now_s() - begun_s < 5.0);
    CHECK(lab.rig.excitation().amplitude_V == 0.0);
    REQUIRE(result->has_value());
    CHECK((*result)->error().code == Errc::cancelled);
    // The analyser's late line belongs to nobody; after it the next result is the next one's.
    lab.bench.pass(200s);
    lab.device.pretend(std::complex<double>(1.5, -2.5));
    const auto next = lab.measure();
    REQUIRE(lab.bench.until([&] { return next->has_value(); }, 1000s));
    REQUIRE((*next)->has_value());
    CHECK((***next)[0].number == 1.5);
}

TEST_CASE("an analyser that dies while it measures is told by its deadline", "[conformance][kit]") {
    Laboratory lab;
    lab.set("frequency_Hz", 0.05);
    lab.set("cycles", 1.0);
    const auto result = lab.measure();
    lab.bench.pass(1s);
    lab.device.reboot();
    const double begun_s = lab.now_s();
    REQUIRE(lab.bench.until([&] { return result->has_value(); }, 1000s));
    CHECK_FALSE((*result)->has_value());
    CHECK((*result)->error().code == Errc::timeout);
    CHECK(lab.now_s() - begun_s < 130.0);  // three times 20 s and a period, and 0.4 s
    const auto check = lab.bench.run(lab.part->verify());
    REQUIRE(check.has_value());
    CHECK_FALSE(check->changed.empty());
    CHECK(check->is_restored);
    CHECK(lab.device.held("FR") == 0.05);
}
