// SPDX-License-Identifier: MIT
//
// relaxctl replay-traffic: a recorded trace plays the instrument to the host that comes.
#include "schema/base/number.hpp"
#include "tools/ctl/traffic/player.hpp"
#include "tools/ctl/verbs.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr double speed_max = 1e6;

struct Place {
    std::string address;
    std::uint16_t port = 0;
};

Result<Place> place_of(const std::string& listen) {
    constexpr std::string_view scheme = "tcp://";
    const std::size_t colon = listen.rfind(':');
    const auto wrong = [&] {
        return fail(
            Errc::invalid,
            "\"" + printable(listen) + "\" is not tcp://ADDRESS:PORT",
            "--listen",
            "write tcp://127.0.0.1:0 for any free port"
        );
    };
    if (!listen.starts_with(scheme) || colon < scheme.size()) {
        return wrong();
    }
    const auto port = to_count(std::string_view(listen).substr(colon + 1));
    if (!port || *port > std::numeric_limits<std::uint16_t>::max()) {
        return wrong();
    }
    Place place;
    place.address = listen.substr(scheme.size(), colon - scheme.size());
    if (place.address.size() > 2 && place.address.front() == '[' && place.address.back() == ']') {
        place.address = place.address.substr(1, place.address.size() - 2);
    }
    place.port = static_cast<std::uint16_t>(*port);
    return place;
}

Result<std::string> open_place(traffic::Player& player, const ReplayTraffic& options) {
    if (options.listen.empty() == options.pty.empty()) {
        return fail(
            Errc::invalid,
            "where shall the recorded instrument be?",
            "replay-traffic",
            "give --listen tcp://127.0.0.1:0 or --pty PATH"
        );
    }
    if (!options.pty.empty()) {
        return player.open_pty(options.pty);
    }
    const auto place = place_of(options.listen);
    if (!place) {
        return fail(place.error());
    }
    return player.listen(place->address, place->port);
}

Result<traffic::Played> play(boost::asio::io_context& io, traffic::Player& player) {
    std::optional<Result<traffic::Played>> result;
    boost::asio::co_spawn(
        io,
        player.play(),
        [&result](const std::exception_ptr& thrown, Result<traffic::Played> played) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            result.emplace(std::move(played));
        }
    );
    boost::asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&result](const boost::system::error_code& failed, int) {
        if (!failed && !result) {
            result.emplace(fail(Errc::cancelled, "stopped before the record was played"));
        }
    });
    while (!result && io.run_one() > 0) {}
    return result ? std::move(*result) : fail(Errc::internal, "the playing ended without a result");
}

void tell(const Globals& globals, const traffic::Played& played) {
    if (globals.json) {
        json::object out;
        out["connections"] = played.connections;
        out["answered_aside"] = played.asides;
        print_json(out);
        return;
    }
    print(
        "played " + std::to_string(played.connections) + " connection(s) whole; " +
        std::to_string(played.asides) + " request(s) answered at the host's own pace"
    );
}

}  // namespace

int replay_traffic(const Globals& globals, const ReplayTraffic& options) {
    if (!(options.speed > 0.0 && options.speed <= speed_max)) {
        return report(
            globals,
            {Errc::invalid,
             "the speed is not a number above 0, at most 1e6",
             "--speed",
             "1 is as recorded, 10 ten times faster"}
        );
    }
    const auto text = read_file(options.file);
    if (!text) {
        return report(globals, text.error(), exit_other);
    }
    const auto trace = drivers::link::read_traffic(*text, options.file);
    if (!trace) {
        return report(globals, trace.error(), exit_other);
    }
    const SystemClock clock;
    drivers::link::IoTiming timing(clock);
    boost::asio::io_context io(1);
    (void)std::signal(SIGPIPE, SIG_IGN);  // a host that went away is an error of write
    auto player = traffic::Player::make(io, timing, *trace, options.file, options.speed);
    if (!player) {
        return report(globals, player.error(), exit_other);
    }
    const auto where = open_place(**player, options);
    if (!where) {
        return report(globals, where.error());
    }
    if (globals.json) {
        json::object ready;
        ready["listening"] = *where;
        print_json(ready);
    } else {
        print("listening " + *where);
    }
    (void)std::fflush(stdout);
    const auto played = play(io, **player);
    if (!played) {
        return report(globals, played.error(), exit_other);
    }
    tell(globals, *played);
    return exit_done;
}

}  // namespace relaxd::ctl
