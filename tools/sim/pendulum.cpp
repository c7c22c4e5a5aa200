// SPDX-License-Identifier: MIT
#include "tools/sim/pendulum.hpp"

#include "drivers/simulator/fault_script.hpp"
#include "drivers/simulator/faulty_wire.hpp"
#include "drivers/simulator/pendulum_endpoint.hpp"
#include "drivers/simulator/pendulum_record.hpp"
#include "drivers/simulator/pendulum_setup.hpp"
#include "drivers/simulator/sim_server.hpp"
#include "schema/material/material.hpp"
#include "tools/sim/pendulum_config.hpp"
#include "tools/sim/pendulum_faults.hpp"
#include "tools/sim/pendulum_plan.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::tools::sim {
namespace {

using simulator::FaultScript;
using simulator::PendulumRig;

// Between two looks at the host's clock while nobody asks anything.
constexpr std::chrono::milliseconds tick{20};
constexpr std::chrono::milliseconds hasty_tick{5};  // of a bench that cannot keep up
// The operator closed the chamber and opened the pump an hour before the first host comes.
constexpr double pumped_s = 3600.0;

/// What listens on one port or pseudo-terminal.
struct Served {
    std::unique_ptr<simulator::PendulumEndpoint> endpoint;
    std::unique_ptr<simulator::FaultyWire> wire;
    std::unique_ptr<simulator::SimServer> server;
    Served() = default;
};

/// A fault script, taken apart.
struct Misfortune {
    FaultScript of_lines;
    std::vector<simulator::Fault> of_devices;
    std::vector<double> breaks_s;  ///< When the specimen breaks.
    Misfortune() = default;
};

class Pendulum {
  public:
    Pendulum(
        const simulator::PendulumSetup& setup, double speed, const simulator::RigWiring& wiring
    )
        : rig_(setup, speed, wiring), io_(1), ticker_(io_) {
        rig_.bench().pump_for(pumped_s);
        rig_.await_host();
        rig_.stay_within(clock_);
        rig_.follow(clock_.steady());
    }

    [[nodiscard]] PendulumRig& rig() { return rig_; }
    void break_at(const std::vector<double>& times_s);
    /// Opens a part's port; the lines of the faults that it can have.
    [[nodiscard]] Result<std::set<std::size_t>> open(
        const PartPlan& plan, const Misfortune& misfortune
    );
    [[nodiscard]] std::string listening() const;
    void run(simulator::PendulumRecord* record);

  private:
    [[nodiscard]] Result<void> serve(const PartPlan& plan, Served one, const FaultScript& faults);
    [[nodiscard]] std::unique_ptr<simulator::SimDevice> another(
        const PartPlan& plan, const std::string& serial
    );
    void tick_again(simulator::PendulumRecord* record);

    SystemClock clock_;
    PendulumRig rig_;
    std::unique_ptr<PendulumRig> elsewhere_;  ///< Of units that pose as ours.
    boost::asio::io_context io_;
    boost::asio::steady_timer ticker_;
    std::vector<Served> served_;
    std::vector<std::pair<std::string, std::string>> where_;  ///< Name and place.
    std::string only_;  ///< The last one's, in the words of CONTRACT 1.
    bool is_over_ = false;
    double breaks_s_ = std::numeric_limits<double>::infinity();
};

void Pendulum::break_at(const std::vector<double>& times_s) {
    for (const double time_s : times_s) {
        breaks_s_ = std::min(breaks_s_, time_s);
    }
}

Result<std::set<std::size_t>> Pendulum::open(const PartPlan& plan, const Misfortune& misfortune) {
    auto made = simulator::make_device(plan.device, plan.options, rig_);
    if (!made) {
        Error error = std::move(made.error());
        error.where = "part '" + plan.name + "'" + (error.where.empty() ? "" : ", " + error.where);
        return fail(std::move(error));
    }
    Served one;
    one.endpoint = std::make_unique<simulator::PendulumEndpoint>(std::move(made->device), rig_);
    auto planned = plan_faults(misfortune.of_devices, *made, *one.endpoint);
    if (auto served = serve(plan, std::move(one), misfortune.of_lines); !served) {
        return fail(std::move(served.error()));
    }
    return planned;
}

// A unit of the same kind with this serial number, or with one that the kind can have, or with
// none. Nothing is connected to it: it has a pendulum of its own, without a specimen.
std::unique_ptr<simulator::SimDevice> Pendulum::another(
    const PartPlan& plan, const std::string& serial
) {
    if (elsewhere_ == nullptr) {
        const simulator::PendulumSetup setup(simulator::ShearMaterial::none());
        elsewhere_ = std::make_unique<PendulumRig>(setup);
        elsewhere_->stay_within(clock_);
    }
    for (const std::string& own : {serial, std::string("999998")}) {
        simulator::DeviceOptions options = plan.options;
        options["serial"] = own;
        if (auto other = simulator::make_device(plan.device, options, *elsewhere_)) {
            return std::move(other->device);
        }
    }
    return std::move(simulator::make_device(plan.device, plan.options, *elsewhere_)->device);
}

Result<void> Pendulum::serve(const PartPlan& plan, Served one, const FaultScript& faults) {
    simulator::SimDevice* outermost = one.endpoint.get();
    if (!faults.empty()) {
        FaultScript own = faults;
        own.seed = *faults.seed + served_.size();  // every line has its own luck
        one.wire = std::make_unique<simulator::FaultyWire>(
            *one.endpoint,
            own,
            [this, plan](const std::string& serial) { return another(plan, serial); }
        );
        one.wire->take_portions();
        outermost = one.wire.get();
    }
    one.server = std::make_unique<simulator::SimServer>(io_, *outermost, clock_, nullptr);
    one.server->turn_away_with({});
    auto where = plan.pty.empty() ? one.server->listen(plan.tcp.address, plan.tcp.port)
                                  : one.server->open_pty(plan.pty);
    if (!where) {
        return fail(std::move(where.error()));
    }
    const bool is_tcp = plan.pty.empty();
    where_.emplace_back(
        plan.name, is_tcp ? *where : "serial://" + std::filesystem::absolute(plan.pty).string()
    );
    only_ = *where;
    served_.push_back(std::move(one));
    return {};
}

std::string Pendulum::listening() const {
    if (where_.size() == 1) {
        return "listening " + only_;
    }
    std::string line;
    for (const auto& [name, place] : where_) {
        line += " " + name + "=" + place;
    }
    return "listening" + line;
}

void Pendulum::tick_again(simulator::PendulumRecord* record) {
    rig_.follow(clock_.steady());
    if (rig_.time_s() >= breaks_s_) {
        breaks_s_ = std::numeric_limits<double>::infinity();
        rig_.bench().break_specimen();
    }
    if (record != nullptr) {
        record->flush();
    }
    ticker_.expires_after(rig_.is_behind() ? hasty_tick : tick);
    ticker_.async_wait([this, record](const boost::system::error_code& error) {
        if (!error && !is_over_) {  // it may have expired before it was cancelled
            tick_again(record);
        }
    });
}

void Pendulum::run(simulator::PendulumRecord* record) {
    boost::asio::signal_set signals(io_, SIGTERM, SIGINT);
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // a host that went away is a write's error
    signals.async_wait([this](const boost::system::error_code&, int) {
        is_over_ = true;
        ticker_.cancel();
        for (Served& one : served_) {
            one.server->stop();
        }
    });
    tick_again(record);
    std::cout << listening() << '\n' << std::flush;
    io_.run();
    if (record != nullptr) {
        record->flush();
    }
}

/// With `--config` its numbers go into `setup`.
Result<ConfiguredPendulum> plans_of(const Arguments& arguments, simulator::PendulumSetup& setup) {
    const bool is_usual = !arguments.listen.empty() || !arguments.pty.empty();
    if ((is_usual ? 1 : 0) + (arguments.parts.empty() ? 0 : 1) +
            (arguments.config.empty() ? 0 : 1) >
        1) {
        return fail(
            Errc::invalid,
            "--listen or --pty serve the usual parts, --part names others, --config has its own",
            "pendulum",
            "say one of them"
        );
    }
    if (!arguments.config.empty()) {
        return configured_pendulum(arguments.config, setup);
    }
    ConfiguredPendulum made;
    if (is_usual) {
        auto usual = usual_parts(arguments);
        if (!usual) {
            return fail(std::move(usual.error()));
        }
        made.plans = std::move(*usual);
    }
    for (const std::string& text : arguments.parts) {
        auto plan = parse_part(text);
        if (!plan) {
            return fail(std::move(plan.error()));
        }
        made.plans.push_back(std::move(*plan));
    }
    return made;
}

Result<Misfortune> misfortune_of(const std::string& file, std::uint64_t seed) {
    Misfortune out;
    if (file.empty()) {
        return out;
    }
    auto script = simulator::load_faults(file);
    if (!script) {
        return fail(std::move(script.error()));
    }
    script->seed = script->seed.value_or(seed);
    out.of_lines = script->bytes();
    auto faults = device_faults(*script, file, out.breaks_s);
    if (!faults) {
        return fail(std::move(faults.error()));
    }
    out.of_devices = std::move(*faults);
    return out;
}

Result<simulator::PendulumSetup> setup_of(const Arguments& arguments) {
    if (arguments.bench != "plain" || arguments.drift) {
        return fail(Errc::invalid, "--bench and --drift belong to relaxsim q800", "pendulum");
    }
    auto material = material::load(arguments.material);
    if (!material) {
        return fail(std::move(material.error()));
    }
    const auto specimen = simulator::pendulum_specimen(arguments.specimen);
    if (!specimen) {
        return fail(specimen.error());
    }
    const auto seed = seed_of(arguments);
    if (!seed) {
        return fail(seed.error());
    }
    simulator::PendulumChoice choice;
    choice.specimen = *specimen;
    choice.seed = *seed;
    choice.is_noise_free = arguments.noise_free;
    return simulator::pendulum_setup(*material, choice);
}

Result<void> open_all(
    const Arguments& arguments, const std::vector<PartPlan>& plans, Pendulum& pendulum
) {
    const std::uint64_t seed = pendulum.rig().setup().seed;
    const auto common = misfortune_of(arguments.faults, seed);
    if (!common) {
        return fail(common.error());
    }
    pendulum.break_at(common->breaks_s);
    std::set<std::size_t> planned;
    for (const PartPlan& plan : plans) {
        const auto own = plan.faults.empty() ? common : misfortune_of(plan.faults, seed);
        if (!own) {
            return fail(own.error());
        }
        pendulum.break_at(own->breaks_s);
        const auto opened = pendulum.open(plan, *own);
        if (!opened) {
            return fail(opened.error());
        }
        if (plan.faults.empty()) {
            planned.insert(opened->begin(), opened->end());
        } else if (auto all = check_planned(own->of_devices, *opened, plan.faults); !all) {
            return all;
        }
    }
    return check_planned(common->of_devices, planned, arguments.faults);
}

/// What is opened, and the record; errors are told by serve_pendulum.
Result<void> prepare(
    const Arguments& arguments,
    const std::vector<PartPlan>& plans,
    Pendulum& pendulum,
    std::unique_ptr<simulator::PendulumRecord>& record
) {
    if (auto checked = check_plans(plans); !checked) {
        return checked;
    }
    if (!arguments.record.empty()) {
        auto created = simulator::PendulumRecord::create(arguments.record);
        if (!created) {
            return fail(std::move(created.error()));
        }
        record = std::move(*created);
        record->follow(
            pendulum.rig(), arguments.specimen == "glass" ? arguments.material : arguments.specimen
        );
    }
    return open_all(arguments, plans, pendulum);
}

}  // namespace

int serve_pendulum(const Arguments& arguments) {
    auto setup = setup_of(arguments);
    if (!setup) {
        return complain(setup.error());
    }
    const auto plans = plans_of(arguments, *setup);
    if (!plans) {
        return complain(plans.error());
    }
    Pendulum pendulum(*setup, arguments.speed, plans->wiring);
    std::unique_ptr<simulator::PendulumRecord> record;
    if (const auto ready = prepare(arguments, plans->plans, pendulum, record); !ready) {
        return complain(ready.error());
    }
    pendulum.run(record.get());
    if (record && !record->good()) {
        return complain(exit_other, arguments.record + ": the record could not be written whole");
    }
    return 0;
}

}  // namespace relaxd::tools::sim
