// SPDX-License-Identifier: MIT
//
// The driver over the drivers of real devices, each with its simulation on a link in memory, all on
// one rig, in a time that stands still until a test moves it.
#include "drivers/parts/keysight_33500/dialect.hpp"
#include "drivers/parts/labjack_t7/labjack_t7.hpp"
#include "drivers/parts/lake_shore/dialect.hpp"
#include "drivers/parts/pfeiffer_tpg/dialect.hpp"
#include "drivers/parts/polled/polled_part.hpp"
#include "drivers/simulator/parts/make_device.hpp"
#include "model/signal/demodulate.hpp"
#include "model/signal/window_judge.hpp"
#include "tests/torsion_pendulum/bench.hpp"

#include <array>
#include <complex>
#include <numbers>

using namespace relaxd;
using test::has_flag;

namespace {

namespace asio = boost::asio;
namespace link = drivers::link;
namespace parts = drivers::parts;
namespace pendulum = drivers::torsion_pendulum;

/// One device and its wire.
class Wired {
  public:
    Wired(
        asio::io_context& io,
        test::ManualTiming& timing,
        const std::string& name,
        simulator::PendulumRig& rig
    )
        : io_(io), timing_(timing) {
        auto made = simulator::make_device(name, {}, rig);
        INFO((made ? std::string() : made.error().sentence()));
        REQUIRE(made.has_value());
        device_ = std::move(made->device);
    }

    class Opener final : public link::Opener {
      public:
        explicit Opener(Wired& wired) : wired_(wired) {}
        asio::awaitable<link::LinkResult> open(std::chrono::milliseconds /*limit*/) override {
            if (wired_.is_unplugged) {
                co_return fail(Errc::unreachable, "nobody at this address");
            }
            auto [host, far] = link::make_memory_pair(wired_.io_.get_executor(), wired_.timing_);
            wired_.end_ = std::move(far);
            wired_.device_->advance_to(wired_.timing_.clock().steady());
            wired_.device_->connect();
            asio::co_spawn(wired_.io_, wired_.answer(wired_.end_), [](const std::exception_ptr&) {
            });
            co_return std::move(host);
        }
        void cancel() override {}
        [[nodiscard]] bool is_slow() const override { return false; }

      private:
        Wired& wired_;
    };

    asio::awaitable<void> answer(std::shared_ptr<link::ByteLink> end) {
        std::array<char, 2048> buffer{};
        while (true) {
            const auto got = co_await end->read_some(buffer);
            if (!got) {
                device_->disconnect();
                co_return;
            }
            co_await timing_.pause(0.002);
            device_->advance_to(timing_.clock().steady());
            device_->receive(std::string_view(buffer.data(), *got), timing_.clock().steady());
            std::string out = device_->take_output();
            while (!out.empty()) {
                const auto sent = co_await end->write(std::move(out), std::chrono::seconds(1));
                static_cast<void>(sent);
                out = device_->take_output();
            }
        }
    }
    void unplug() {
        is_unplugged = true;
        if (end_) {
            end_->close();
        }
    }
    bool is_unplugged = false;

  private:
    asio::io_context& io_;
    test::ManualTiming& timing_;
    std::unique_ptr<simulator::SimDevice> device_;
    std::shared_ptr<link::ByteLink> end_;
};

simulator::PendulumSetup setup() {
    simulator::PendulumSetup out(simulator::ShearMaterial::elastic(3.0e10));
    out.gauge.noise_relative = 0.0;  // the room is above its range, and not by chance
    out.sensors = simulator::PendulumSensors::ideal();
    out.body.eddy_N_m_s = 1e-3;  // what rings at 27 Hz after a change is gone in 0.1 s
    out.seed = 3;
    return out;
}

struct Simulated : test::Loop {
    Simulated() : rig(setup(), 1.0) {
        pendulum::Composition c = test::composition_of_fakes();
        c.equilibrate_within_K = 5.0;
        c.equilibrate_for_s = 2.0;
        std::vector<parts::MadePart> made;
        made.push_back(t7("digitiser"));
        made.push_back(
            polled("generator", "keysight_33500", parts::keysight_33500::make_dialect({}))
        );
        made.push_back(polled("controller", "lake_shore", parts::lake_shore::make_dialect({})));
        made.push_back(polled("gauge", "pfeiffer_tpg", parts::pfeiffer_tpg::make_dialect({})));
        instrument = std::make_unique<pendulum::TorsionPendulum>(
            io.get_executor(), timing, c, std::move(made)
        );
    }
    ~Simulated() {
        instrument.reset();
        for (auto& [name, one] : wired) {
            one->unplug();
        }
        settle();
    }
    Simulated(const Simulated&) = delete;
    Simulated& operator=(const Simulated&) = delete;

    std::unique_ptr<link::Opener> way(const std::string& name, const std::string& device) {
        wired[name] = std::make_unique<Wired>(io, timing, device, rig);
        return std::make_unique<Wired::Opener>(*wired[name]);
    }
    parts::MadePart t7(const std::string& name) {
        auto made = std::make_unique<parts::labjack_t7::LabJackT7>(
            io.get_executor(),
            way(name, "labjack_t7"),
            timing,
            parts::labjack_t7::Settings(),
            std::string()
        );
        parts::MadePart out;
        out.digitiser = made.get();
        out.part = std::move(made);
        return out;
    }
    parts::MadePart polled(
        const std::string& name,
        const std::string& device,
        Result<std::unique_ptr<parts::Dialect>> dialect
    ) {
        REQUIRE(dialect.has_value());
        parts::MadePart out;
        out.part = std::make_unique<parts::PolledPart>(
            io.get_executor(), way(name, device), timing, std::move(*dialect)
        );
        return out;
    }

    simulator::PendulumRig rig;
    std::map<std::string, std::unique_ptr<Wired>> wired;
};

drivers::WindowVerdict judged(const record::Waveform* before, const record::Waveform& now) {
    const model::WindowJudgement found = model::judge_window(before, now);
    drivers::WindowVerdict verdict;
    verdict.is_settled = found.is_settled;
    verdict.is_clipped = found.is_clipped;
    verdict.angle_V = found.angle_V;
    verdict.worth_waiting_s = found.worth_waiting_s;
    return verdict;
}

/// Torque over angle in N m, from the raw periods.
std::complex<double> stiffness_N_m(const record::Reading& reading) {
    REQUIRE(reading.waveform);
    const auto seen = model::demodulate(*reading.waveform);
    REQUIRE(seen.has_value());
    return seen->stiffness * (1e-3 / 100.0) / (1.0 / 2000.0);
}

double omega(const record::Reading& reading) {
    return 2.0 * std::numbers::pi * reading.values[record::Channel::frequency_Hz];
}

}  // namespace

TEST_CASE(
    "over simulated devices two frequencies give the pendulum's inertia", "[torsion_pendulum]"
) {
    Simulated b;
    const drivers::Identity identity = b.must(b.instrument->open());
    CHECK(identity.simulated);
    CHECK(identity.text().find("LabJack") != std::string::npos);
    b.instrument->judge_with(&judged);
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "5 V"
cycles = 4
windows_at_most = 100
segments = ["Equilibrate at 300 K", "Frequency sweep 1 Hz to 10 Hz, 1 points per decade"])");
    const auto readings = b.readings_until_end();
    CHECK(b.end.cause == "completed");
    REQUIRE(readings.size() == 2);
    const std::complex<double> slow = stiffness_N_m(readings[0]);
    const std::complex<double> fast = stiffness_N_m(readings[1]);
    CAPTURE(slow, fast, readings[0].time_s, readings[1].time_s);
    // K - I omega^2 at each: the specimen drops out of the difference (INSTRUMENTS 8.2).
    const double inertia_kg_m2 =
        (slow.real() - fast.real()) /
        (omega(readings[1]) * omega(readings[1]) - omega(readings[0]) * omega(readings[0]));
    CHECK(inertia_kg_m2 == Approx(5e-5).epsilon(0.01));
    // What is lost in an elastic bar's pendulum is lost in its brake: omega C.
    CHECK(fast.imag() / omega(readings[1]) == Approx(1e-3).epsilon(0.03));
    for (const record::Reading& one : readings) {
        CHECK(one.flags == "vacuum_over_range");  // nobody has pumped
        CHECK(one.values[record::Channel::temperature_K] == Approx(300.0).margin(6.0));
        CHECK_FALSE(one.extra.contains("pressure_Pa"));
    }
    CHECK_FALSE(b.rig.heater_is_on());
    CHECK_FALSE(b.rig.excitation().is_on);
}

TEST_CASE("a simulated device that is unplugged makes the others safe", "[torsion_pendulum]") {
    Simulated b;
    b.begin(R"(mode = "torsion-forced"
drive_amplitude = "1 V"
frequencies = ["4 Hz"]
segments = ["Equilibrate at 300 K", "Isothermal for 10 min"])");
    (void)b.next_reading();
    CHECK(b.rig.excitation().is_on);
    CHECK(b.rig.heater_is_on());
    b.wired["digitiser"]->unplug();
    b.pass_s(3.0);
    CHECK_FALSE(b.instrument->is_open());
    CHECK_FALSE(b.rig.excitation().is_on);
    CHECK_FALSE(b.rig.heater_is_on());
    CHECK(b.instrument->note().find("part 'digitiser'") != std::string::npos);
    const auto missing = b.run(b.instrument->open());
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().sentence().find("nobody at this address") != std::string::npos);
    b.wired["digitiser"]->is_unplugged = false;
    b.must(b.instrument->open());
    const auto status = b.must(b.instrument->status());
    b.must(b.instrument->fetch_from(status.last_number + 1));
    CHECK(has_flag(b.next_reading(), "restored_after_loss"));
    CHECK(b.rig.excitation().is_on);
    CHECK(b.rig.heater_is_on());
}
