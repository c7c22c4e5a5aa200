// SPDX-License-Identifier: MIT
//
// `run watch`: the live stream of one run until it ends. With --json every row, one object a line,
// none missing: what the stream squashed is fetched. Else a view that shows the fits tighten. A
// lost connection is made again, and the watch goes on after the last row that it has shown.
#include "schema/base/clock.hpp"
#include "tools/ctl/verbs.hpp"
#include "tools/ctl/watch_view.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace relaxd::ctl {

namespace {

// The daemon sends a tick each second: silence means that it, or the way to it, is gone.
constexpr std::chrono::seconds patience{15};
constexpr std::chrono::milliseconds first_pause{250};
constexpr std::chrono::milliseconds longest_pause{4'000};
constexpr std::uint64_t page_rows = 10'000;

std::uint64_t number_in(const json::value& value, std::string_view key) {
    const json::value* found = value.is_object() ? value.get_object().if_contains(key) : nullptr;
    boost::system::error_code error;
    const auto number = found != nullptr && found->is_number()
                            ? found->to_number<std::uint64_t>(error)
                            : std::uint64_t{0};
    return error ? 0 : number;
}

bool is_end_word(const std::string& word) {
    using enum record::RunState;
    for (const record::RunState state : {completed, stopped, aborted, interrupted, rejected}) {
        if (record::to_word(state) == word) {
            return true;
        }
    }
    return false;
}

/// Errors after which the same daemon, started again, may go on.
bool is_lost(const Error& error) {
    return error.code == Errc::unreachable || error.code == Errc::timeout;
}

/// What {"type":"error"} of the stream means. A daemon that is being stopped says so before it
/// goes.
unsigned status_of(const json::value& message) {
    const json::value* error = message.get_object().if_contains("error");
    const std::string code = error == nullptr ? "" : cell(*error, "code");
    if (code == "not_found") {
        return 404;
    }
    if (code == "busy" || code == "cancelled") {
        return 503;
    }
    return code == "invalid" ? 400 : 500;
}

/// A row of the API as the message that the stream would have sent.
json::object message_of(const char* kind, std::uint64_t run_id, const json::value& row) {
    const bool is_state = std::string_view(kind) == "event" && cell(row, "code") == "STATE";
    json::object message;
    message["type"] = is_state ? "state" : kind;
    message["run_id"] = run_id;
    message["seq"] = number_in(row, "seq");
    const json::value* time = row.get_object().if_contains("time_utc");
    message["time_utc"] = time == nullptr ? json::value(nullptr) : *time;
    message["data"] = row;
    return message;
}

class Watch {
  public:
    Watch(const Globals& globals, const json::value& run)
        : globals_(globals), view_(run), run_id_(number_in(run, "run_id")) {
        if (is_end_word(cell(run, "state"))) {
            last_seq_ = number_in(run, "last_seq");
            has_ended_ = last_seq_ == 0;
        }
    }

    [[nodiscard]] bool has_ended() const { return has_ended_; }
    [[nodiscard]] std::uint64_t shown_seq() const { return shown_seq_; }
    /// Ticks and rows taken: signs that the connection works.
    [[nodiscard]] std::uint64_t signs() const { return signs_; }

    /// One frame of the stream.
    Result<void> take(const std::string& text) {
        const auto message = wire::parse(text, "stream");
        if (!message || !message->is_object()) {
            return {};
        }
        const std::string type = cell(*message, "type");
        if (type == "error") {
            return fail(error_of(globals_, {status_of(*message), text}));
        }
        if (type == "hello") {
            return {};
        }
        ++signs_;
        if (std::exchange(is_away_, false)) {
            tell("connected again");
        }
        if (type == "tick") {
            view_.refresh();
        } else if (number_in(*message, "run_id") == run_id_) {
            if (type == "squashed") {
                return fetch(number_in(*message, "from_seq"), number_in(*message, "to_seq"));
            }
            show(message->get_object());
        }
        return {};
    }

    void lost(const Error& error, double reconnect_s) {
        if (!std::exchange(is_away_, true)) {
            tell(error.message + "; trying again for " + rounded(reconnect_s, 6) + " s");
        }
    }

    void close() { view_.close(); }

  private:
    void tell(const std::string& sentence) {
        if (globals_.json || !view_.is_terminal()) {
            say(sentence);
        } else {
            view_.note(sentence);
        }
    }

    void show(const json::object& message) {
        const std::uint64_t seq = number_in(message, "seq");
        if (seq <= shown_seq_) {
            return;
        }
        shown_seq_ = seq;
        const json::value value(message);
        if (globals_.json) {
            print_json(value);
        } else {
            view_.add(value);
        }
        const std::string word =
            cell(value, "type") == "state" ? cell(value.at("data"), "detail") : "";
        // A run that had ended before is shown to its last row, a live one to its end.
        has_ended_ = last_seq_ > 0 ? seq >= last_seq_ : is_end_word(word);
    }

    /// Rows from_seq … to_seq by HTTP, in order.
    Result<void> fetch(std::uint64_t from_seq, std::uint64_t to_seq) {
        static constexpr std::array<std::pair<const char*, const char*>, 4> kinds{
            {{"points", "point"}, {"gaps", "gap"}, {"estimates", "estimate"}, {"events", "event"}}
        };
        std::vector<json::object> messages;
        for (const auto& [list, kind] : kinds) {
            for (std::uint64_t after = from_seq - 1; after < to_seq;) {
                const auto rows = page(list, after);
                if (!rows) {
                    return fail(rows.error());
                }
                for (const json::value& row : *rows) {
                    after = number_in(row, "seq");
                    if (after <= to_seq) {
                        messages.push_back(message_of(kind, run_id_, row));
                    }
                }
                if (rows->size() < page_rows) {
                    break;
                }
            }
        }
        std::sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
            return number_in(a, "seq") < number_in(b, "seq");
        });
        for (const json::object& message : messages) {
            show(message);
        }
        return {};
    }

    [[nodiscard]] Result<json::array> page(const std::string& list, std::uint64_t after) const {
        const std::string target = "/api/v1/runs/" + std::to_string(run_id_) + "/" + list +
                                   "?after_seq=" + std::to_string(after) +
                                   "&limit=" + std::to_string(page_rows);
        const auto answer = ask(globals_, "GET", target);
        if (!answer) {
            return fail(answer.error());
        }
        if (answer->status != 200) {
            return fail(error_of(globals_, *answer));
        }
        const auto body = wire::parse(answer->body, target);
        const json::value* rows =
            body && body->is_object() ? body->get_object().if_contains(list) : nullptr;
        if (rows == nullptr || !rows->is_array()) {
            return fail(Errc::corrupt, "relaxd's answer holds no " + list, target);
        }
        return rows->get_array();
    }

    const Globals& globals_;
    WatchView view_;
    std::uint64_t run_id_;
    std::uint64_t shown_seq_ = 0;
    std::uint64_t signs_ = 0;
    std::uint64_t last_seq_ = 0;  ///< Of a run that had ended before; else 0.
    bool has_ended_ = false;
    bool is_away_ = false;
};

/// Watches on one connection until the run's end, or the error that ended it.
Result<void> follow_once(const Address& address, Watch& watch, std::uint64_t run_id) {
    auto stream = Stream::open(address, "/api/v1/stream");
    if (!stream) {
        return fail(stream.error());
    }
    const std::string subscribe = R"({"subscribe":{"run":)" + std::to_string(run_id) +
                                  R"(,"after_seq":)" + std::to_string(watch.shown_seq()) + "}}";
    if (auto sent = stream->send(subscribe); !sent) {
        return sent;
    }
    while (!watch.has_ended()) {
        const auto frame = stream->receive(patience);
        if (!frame) {
            return fail(frame.error());
        }
        if (!*frame) {
            return fail(Errc::unreachable, "relaxd closed the live stream");
        }
        if (auto taken = watch.take(**frame); !taken) {
            return taken;
        }
    }
    return {};
}

void wait(std::chrono::milliseconds time) {
    boost::asio::io_context io;
    boost::asio::steady_timer(io, time).wait();
}

/// Watches until the run's end, on as many connections as it takes; gives up when there was no sign
/// of the daemon for `reconnect_s`.
Result<void> follow(
    const Globals& globals, Watch& watch, std::uint64_t run_id, double reconnect_s
) {
    const auto address = address_from(globals.url);
    if (!address) {
        return fail(address.error());
    }
    const SystemClock clock;
    std::optional<SteadyTime> lost_since;
    std::uint64_t signs = 0;
    std::chrono::milliseconds pause = first_pause;
    while (true) {
        Result<void> ended = follow_once(*address, watch, run_id);
        if (ended || !is_lost(ended.error())) {
            return ended;
        }
        const SteadyTime now = clock.steady();
        if (!lost_since || watch.signs() != signs) {
            lost_since = now;
            signs = watch.signs();
            pause = first_pause;
        }
        if (static_cast<double>(now.ns - lost_since->ns) * 1e-9 >= reconnect_s) {
            return fail(
                Errc::unreachable,
                "relaxd was away for " + rounded(reconnect_s, 6) + " s (" + ended.error().message +
                    ")",
                globals.url,
                "the run is not touched by this; watch it again when relaxd is back"
            );
        }
        watch.lost(ended.error(), reconnect_s);
        wait(pause);
        pause = std::min(pause * 2, longest_pause);
    }
}

}  // namespace

int watch_run(const Globals& globals, const std::string& id, double reconnect_s) {
    const Asked asked = get_json(globals, "/api/v1/runs/" + percent_encoded(id));
    if (asked.exit_code != exit_done) {
        return asked.exit_code;
    }
    Watch watch(globals, asked.value);
    const auto ended = follow(globals, watch, number_in(asked.value, "run_id"), reconnect_s);
    if (!globals.json) {
        watch.close();
    }
    return ended ? exit_done : report(globals, ended.error());
}

}  // namespace relaxd::ctl
