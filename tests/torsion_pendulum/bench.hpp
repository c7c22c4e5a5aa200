// SPDX-License-Identifier: MIT
//
// The driver over fake parts, in a time that stands still until a test moves it.
#pragma once

#include "drivers/torsion_pendulum/instrument.hpp"
#include "schema/method/method.hpp"
#include "tests/support/catch.hpp"
#include "tests/torsion_pendulum/fakes.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

namespace asio = boost::asio;
namespace pendulum = drivers::torsion_pendulum;

inline drivers::Quantity settable(const char* name, double lowest, double highest) {
    drivers::Quantity out;
    out.name = name;
    out.is_settable = true;
    out.lowest = lowest;
    out.highest = highest;
    return out;
}
inline drivers::Quantity readable(const char* name) {
    drivers::Quantity out;
    out.name = name;
    return out;
}

inline pendulum::ComposedPart composed(
    const char* name, const char* device, std::map<std::string, std::string> roles
) {
    pendulum::ComposedPart part;
    part.config.name = name;
    part.config.device = device;
    part.config.uri = std::string("tcp://127.0.0.1:1?") + name;
    part.roles = std::move(roles);
    return part;
}

inline pendulum::Composition composition_of_fakes() {
    pendulum::Composition c;
    c.angle_V_per_rad = pendulum::Number(2000.0, 10.0);
    c.sense_V_per_A = pendulum::Number(100.0);
    c.torque_N_m_per_A = pendulum::Number(1e-3, 1e-5);
    c.drive_A_per_V = pendulum::Number(0.01);
    c.drive_limit_V = 5.0;
    c.inertia_kg_m2 = pendulum::Number(5e-5);
    c.equilibrate_for_s = 5.0;
    c.parts.push_back(composed("digitiser", "labjack_t7", {{"angle", "AIN0"}, {"torque", "AIN1"}}));
    c.parts.push_back(composed("generator", "keysight_33500", {{"excitation", "1"}}));
    c.parts.push_back(composed("controller", "lake_shore", {{"temperature", "A"}}));
    c.parts.push_back(composed("gauge", "pfeiffer_tpg", {{"vacuum", "1"}}));
    return c;
}

/// The instrument and the time that a test moves.
struct Loop {
    Loop() = default;
    ~Loop() {
        instrument.reset();
        settle();
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void settle() {
        io.restart();
        io.poll();
    }
    template <typename T>
    void spawn(asio::awaitable<T> call, std::optional<T>& result) {
        asio::co_spawn(io, std::move(call), [&result](const std::exception_ptr& thrown, T value) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            result.emplace(std::move(value));
        });
    }
    template <typename T>
    T run(asio::awaitable<T> call) {
        std::optional<T> result;
        spawn(std::move(call), result);
        settle();
        while (!result) {
            REQUIRE(timing.next_due().has_value());
            timing.advance_to(*timing.next_due());
            settle();
        }
        return std::move(*result);
    }
    template <typename T>
    T must(asio::awaitable<Result<T>> call) {
        Result<T> result = run(std::move(call));
        INFO((result ? std::string() : result.error().sentence()));
        REQUIRE(result.has_value());
        if constexpr (!std::is_void_v<T>) {
            return std::move(*result);
        }
    }
    void pass_s(double seconds) {
        const SteadyTime until{
            timing.clock().steady().ns + static_cast<std::int64_t>(seconds * 1e9)
        };
        settle();
        while (timing.next_due() && *timing.next_due() <= until) {
            timing.advance_to(*timing.next_due());
            settle();
        }
        timing.advance_to(until);
        settle();
    }
    static method::Method parsed(const std::string& text) {
        const auto method = method::parse(text);
        INFO((method ? std::string() : method.error().sentence()));
        REQUIRE(method.has_value());
        return *method;
    }
    static record::Specimen bar() {
        record::Specimen out;
        out.name = "bar";
        out.length_m = 0.03;
        out.width_m = 0.005;
        out.thickness_m = 0.001;
        return out;
    }
    void begin(const std::string& text) {
        if (!instrument->is_open()) {
            must(instrument->open());
        }
        must(instrument->load(parsed(text), bar(), "token"));
        must(instrument->start());
    }
    /// Deliveries until the state change that ends the run.
    std::vector<drivers::Delivery> until_end() {
        std::vector<drivers::Delivery> all;
        while (true) {
            all.push_back(must(instrument->next()));
            const auto* change = std::get_if<drivers::StateChange>(&all.back());
            const bool is_end = change != nullptr && !change->cause.empty();
            if (is_end) {
                end = *change;
                return all;
            }
        }
    }
    std::vector<record::Reading> readings_until_end() {
        std::vector<record::Reading> out;
        for (drivers::Delivery& one : until_end()) {
            if (auto* reading = std::get_if<record::Reading>(&one)) {
                out.push_back(std::move(*reading));
            }
        }
        return out;
    }
    record::Reading next_reading() {
        while (true) {
            drivers::Delivery one = must(instrument->next());
            if (auto* reading = std::get_if<record::Reading>(&one)) {
                return std::move(*reading);
            }
        }
    }
    ManualTiming timing;
    asio::io_context io;
    std::unique_ptr<pendulum::TorsionPendulum> instrument;
    drivers::StateChange end;
};

struct Bench : Loop {
    explicit Bench(pendulum::Composition composed = composition_of_fakes()) {
        std::vector<drivers::parts::MadePart> made;
        for (const pendulum::ComposedPart& one : composed.parts) {
            made.push_back(make(one));
        }
        instrument = std::make_unique<pendulum::TorsionPendulum>(
            io.get_executor(), timing, composed, std::move(made)
        );
    }
    ~Bench() { instrument.reset(); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    drivers::parts::MadePart make(const pendulum::ComposedPart& one) {
        auto part = std::make_unique<FakePart>(io.get_executor(), timing, body);
        part->identity.model = one.config.device;
        part->identity.serial_number = "SIM-" + one.config.name;
        parts[one.config.name] = part.get();
        drivers::parts::MadePart out;
        if (one.config.device == "labjack_t7") {
            out.digitiser = part.get();
        } else if (one.config.device == "keysight_33500") {
            part->drives = true;
            part->has = {
                settable("frequency_Hz", 1e-6, 1000.0),
                settable("amplitude_V", 0.0, 10.0),
                settable("offset_V", -5.0, 5.0),
                settable("output", 0.0, 1.0)
            };
            part->numbers = {
                {"frequency_Hz", 1.0}, {"amplitude_V", 0.0}, {"offset_V", 0.0}, {"output", 0.0}
            };
        } else if (one.config.device == "lake_shore") {
            part->has = {
                readable("temperature_K"),
                settable("set_temperature_K", 4.0, 800.0),
                settable("ramp_K_per_s", 0.0, 1.0),
                settable("heater", 0.0, 1.0),
                readable("heater_percent")
            };
            part->numbers = {
                {"temperature_K", 295.0}, {"set_temperature_K", 295.0}, {"heater", 0.0}
            };
        } else if (one.config.device == "pfeiffer_tpg") {
            part->has = {readable("pressure_Pa")};
            part->numbers = {{"pressure_Pa", 1e-3}};
        } else {
            part->has = {settable("time_constant_s", 1e-5, 3e4), readable("x_V"), readable("y_V")};
        }
        out.part = std::move(part);
        return out;
    }

    FakePart& part(const std::string& name) { return *parts.at(name); }

    FakePendulum body;
    std::map<std::string, FakePart*> parts;  ///< Owned by the instrument.
};

inline bool has_flag(const record::Reading& reading, const std::string& word) {
    return (" " + reading.flags + " ").find(" " + word + " ") != std::string::npos;
}

}  // namespace relaxd::test
