// SPDX-License-Identifier: MIT
//
// relaxsim: the simulated instruments (CONTRACT 1). One line on stdout when ready; SIGTERM or
// SIGINT ends it with 0; a bad option with 2 and one sentence; anything else with 1.

#include "drivers/simulator/bench_file.hpp"
#include "drivers/simulator/faulty_wire.hpp"
#include "drivers/simulator/protocol_device.hpp"
#include "drivers/simulator/q800_device.hpp"
#include "drivers/simulator/sim_server.hpp"
#include "schema/material/material.hpp"
#include "tools/sim/arguments.hpp"
#include "tools/sim/pendulum.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace {

using relaxd::Result;
using relaxd::tools::sim::Arguments;
using relaxd::tools::sim::complain;
using relaxd::tools::sim::exit_other;
using relaxd::tools::sim::exit_usage;
namespace sim = relaxd::simulator;

void declare(CLI::App& app, Arguments& arguments) {
    app.add_option("instrument", arguments.kind, "q800, pendulum or protocol")
        ->required()
        ->check(CLI::IsMember({"q800", "pendulum", "protocol"}));
    app.add_option("file", arguments.file, "Of protocol: the description that it plays");
    auto* listen = app.add_option("--listen", arguments.listen, "tcp://ADDRESS:PORT, port 0 = any");
    auto* pty =
        app.add_option("--pty", arguments.pty, "Serve a pseudo-terminal under this symlink");
    listen->excludes(pty);
    app.add_option("--material", arguments.material, "Built-in name or TOML file")
        ->capture_default_str();
    app.add_option("--seed", arguments.seed, "Seed of the noise")->capture_default_str();
    app.add_option("--speed", arguments.speed, "Instrument seconds a host second")
        ->check(CLI::Range(1e-3, 1e4))
        ->capture_default_str();
    app.add_option("--bench", arguments.bench, "plain, realistic or file, docs/simulated-bench.md")
        ->capture_default_str();
    app.add_option("--faults", arguments.faults, "Fault script, docs/fault-scripts.md");
    app.add_option("--record", arguments.record, "Write each reading and its truth as JSON lines");
    app.add_flag("--noise-free", arguments.noise_free, "No noise; a bench's other errors stay");
    app.add_flag("--drift", arguments.drift, "Add a slow correlated drift of 0.3 %");
    app.add_option(
           "--part", arguments.parts, "Of pendulum: NAME=DEVICE@URI?OPTIONS, again and again"
    )
        ->allow_extra_args(false);
    app.add_option("--config", arguments.config, "Of pendulum: serve what this relaxd file opens");
    app.add_option("--specimen", arguments.specimen, "Of pendulum: glass, elastic or none")
        ->capture_default_str();
}

Result<sim::SimOptions> options_of(const Arguments& arguments) {
    const auto material = relaxd::material::load(arguments.material);
    if (!material) {
        return relaxd::fail(material.error());
    }
    auto params = sim::checked_params(material->params);
    if (!params) {
        return relaxd::fail(params.error());
    }
    auto fast_beta = sim::checked_fast_beta(material->fast_beta);
    if (!fast_beta) {
        return relaxd::fail(fast_beta.error());
    }
    const auto seed = relaxd::tools::sim::seed_of(arguments);
    if (!seed) {
        return relaxd::fail(seed.error());
    }
    sim::SimOptions options;
    options.params = *params;
    options.fast_beta = std::move(*fast_beta);
    options.material = material->name;
    options.seed = *seed;
    options.speed = arguments.speed;
    const auto bench = sim::load_bench(arguments.bench);
    if (!bench) {
        return relaxd::fail(bench.error());
    }
    auto glass = bench->specimen_of(*params);
    if (!glass) {
        return relaxd::fail(glass.error());
    }
    options.bench = bench->bench;
    options.bench_name = std::filesystem::path(arguments.bench).filename().string();
    options.noise = bench->noise;
    options.glass = *glass;
    if (arguments.noise_free) {
        options.noise = sim::NoiseSizes::none();
        options.bench.silence();
    }
    if (arguments.drift) {
        options.noise.drift_relative = 0.003;
    }
    if (!arguments.faults.empty()) {
        auto faults = sim::load_faults(arguments.faults);
        if (!faults) {
            return relaxd::fail(faults.error());
        }
        options.faults = std::move(*faults);
        options.faults_name = std::filesystem::path(arguments.faults).filename().string();
        options.faults.seed = options.faults.seed.value_or(options.seed);
    }
    return options;
}

/// Serves `device` until a signal comes; `record` may be null.
int run(
    const Arguments& arguments,
    sim::SimDevice& device,
    const relaxd::Clock& clock,
    sim::RecordFile* record
) {
    boost::asio::io_context io(1);
    boost::asio::signal_set signals(io, SIGTERM, SIGINT);
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN)
    );  // a host that went away is an error of write, not our end
    sim::SimServer server(io, device, clock, record);
    signals.async_wait([&server](const boost::system::error_code&, int) { server.stop(); });

    Result<std::string> where;
    if (arguments.pty.empty()) {
        const auto target = relaxd::tools::sim::parse_listen(arguments.listen, "--listen");
        if (!target) {
            return complain(exit_usage, target.error().sentence());
        }
        where = server.listen(target->address, target->port);
    } else {
        where = server.open_pty(arguments.pty);
    }
    if (!where) {
        const bool usage = where.error().code == relaxd::Errc::invalid;
        return complain(usage ? exit_usage : exit_other, where.error().sentence());
    }
    std::cout << "listening " << *where << '\n' << std::flush;
    io.run();
    return 0;
}

/// Device and faults of a description; an error is one of usage.
Result<void> prepare(
    const Arguments& arguments,
    relaxd::protocol::Description& description,
    sim::FaultScript& faults,
    std::uint64_t& seed
) {
    auto loaded = relaxd::protocol::load(arguments.file);
    if (!loaded) {
        return relaxd::fail(loaded.error());
    }
    auto checked = sim::ProtocolDevice::check(*loaded);
    if (!checked) {
        return checked;
    }
    const auto number = relaxd::tools::sim::seed_of(arguments);
    if (!number) {
        return relaxd::fail(number.error());
    }
    seed = *number;
    if (!arguments.faults.empty()) {
        auto script = sim::load_faults(arguments.faults);
        if (!script) {
            return relaxd::fail(script.error());
        }
        const auto& link = loaded->link;
        if (link.reply_terminator.back() != '\n' || link.command_terminator.back() != '\n') {
            return relaxd::fail(
                relaxd::Errc::invalid, "faults need lines that end with LF, both ways", "--faults"
            );
        }
        faults = std::move(*script);
        faults.seed = faults.seed.value_or(seed);
    }
    description = std::move(*loaded);
    return {};
}

int serve_protocol(const Arguments& arguments) {
    relaxd::protocol::Description description;
    sim::FaultScript faults;
    std::uint64_t seed = 1;
    const auto ready = prepare(arguments, description, faults, seed);
    if (!ready) {
        return complain(exit_usage, ready.error().sentence());
    }
    const relaxd::SystemClock clock;
    sim::ProtocolDevice device(description, seed);
    device.advance_to(clock.steady());
    if (faults.empty()) {
        return run(arguments, device, clock, nullptr);
    }
    sim::FaultyWire wire(device, faults, [&description, seed](const std::string& serial) {
        return std::make_unique<sim::ProtocolDevice>(description, seed, serial);
    });
    return run(arguments, wire, clock, nullptr);
}

int serve(const Arguments& arguments) {
    auto options = options_of(arguments);
    if (!options) {
        return complain(exit_usage, options.error().sentence());
    }
    std::unique_ptr<sim::RecordFile> record;
    if (!arguments.record.empty()) {
        auto created = sim::RecordFile::create(arguments.record);
        if (!created) {
            return complain(exit_other, created.error().sentence());
        }
        record = std::move(*created);
    }
    const relaxd::SystemClock clock;
    sim::Q800Device device(*options);
    if (record) {
        device.on_reading([&record](const sim::SimReading& reading, const std::string& token) {
            record->add(reading, token);
        });
    }
    sim::FaultyWire wire(device, options->faults, [&options](const std::string& serial) {
        sim::SimOptions other = *options;
        other.serial = serial;
        other.faults = sim::FaultScript();
        return std::make_unique<sim::Q800Device>(other);
    });
    sim::SimDevice& served = options->faults.empty() ? static_cast<sim::SimDevice&>(device) : wire;
    const int code = run(arguments, served, clock, record.get());
    if (code == 0 && record && !record->good()) {
        return complain(exit_other, arguments.record + ": the record could not be written whole");
    }
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Simulated instruments for relaxd.", "relaxsim");
    app.footer(
        "q800 has all modes and clamps of docs/protocols/q800_class.md; its columns: "
        "docs/simulated-bench.md. pendulum: docs/simulated-pendulum.md."
    );
    declare(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const CLI::ParseError& error) {
        return complain(exit_usage, error.what());
    }
    const bool is_pendulum = arguments.kind == "pendulum";
    const bool is_placed = !arguments.parts.empty() || !arguments.config.empty();
    if (!is_pendulum && (is_placed || arguments.specimen != "glass")) {
        return complain(exit_usage, "--part, --config and --specimen belong to relaxsim pendulum");
    }
    if (arguments.listen.empty() && arguments.pty.empty() && !is_placed) {
        return complain(exit_usage, "say where: --listen tcp://127.0.0.1:0 or --pty PATH");
    }
    const bool is_protocol = arguments.kind == "protocol";
    if (is_protocol == arguments.file.empty()) {
        return complain(
            exit_usage,
            is_protocol ? "name the description: relaxsim protocol FILE.toml"
                        : "'" + arguments.file + "' belongs to nothing"
        );
    }
    try {
        if (is_pendulum) {
            return relaxd::tools::sim::serve_pendulum(arguments);
        }
        return is_protocol ? serve_protocol(arguments) : serve(arguments);
    } catch (const std::exception& error) {
        return complain(exit_other, error.what());
    }
}
