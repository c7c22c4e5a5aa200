// SPDX-License-Identifier: MIT
//
// `run watch`: the live stream of one run until it ends. With --json every row, one object a line,
// none missing: what the stream squashed is fetched. Else a view that shows the fits tighten.
#include "schema/base/clock.hpp"
#include "tools/ctl/verbs.hpp"
#include "tools/ctl/watch_view.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace relaxd::ctl {

namespace {

// The daemon sends a tick each second: silence means that it, or the way to it, is gone.
constexpr std::chrono::seconds patience{15};
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

    /// One frame of the stream; an exit code other than 0 ends the watch.
    int take(const std::string& text) {
        const auto message = wire::parse(text, "stream");
        if (!message || !message->is_object()) {
            return exit_done;
        }
        const std::string type = cell(*message, "type");
        if (type == "tick") {
            view_.refresh();
            return exit_done;
        }
        if (type == "error" || message->get_object().contains("error")) {
            return report_answer(globals_, {404, text});
        }
        if (number_in(*message, "run_id") != run_id_) {
            return exit_done;
        }
        if (type == "squashed") {
            return fetch(number_in(*message, "from_seq"), number_in(*message, "to_seq"));
        }
        if (type != "hello") {
            show(message->get_object());
        }
        return exit_done;
    }

    void close() { view_.close(); }

  private:
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
    int fetch(std::uint64_t from_seq, std::uint64_t to_seq) {
        static constexpr std::array<std::pair<const char*, const char*>, 4> kinds{
            {{"points", "point"}, {"gaps", "gap"}, {"estimates", "estimate"}, {"events", "event"}}
        };
        std::vector<json::object> messages;
        for (const auto& [list, kind] : kinds) {
            for (std::uint64_t after = from_seq - 1; after < to_seq;) {
                const Asked page = get_json(
                    globals_,
                    "/api/v1/runs/" + std::to_string(run_id_) + "/" + list + "?after_seq=" +
                        std::to_string(after) + "&limit=" + std::to_string(page_rows)
                );
                if (page.exit_code != exit_done) {
                    return page.exit_code;
                }
                const json::value* rows = page.value.get_object().if_contains(list);
                if (rows == nullptr || !rows->is_array() || rows->get_array().empty()) {
                    break;
                }
                for (const json::value& row : rows->get_array()) {
                    after = number_in(row, "seq");
                    if (after <= to_seq) {
                        messages.push_back(message_of(kind, run_id_, row));
                    }
                }
                if (rows->get_array().size() < page_rows) {
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
        return exit_done;
    }

    const Globals& globals_;
    WatchView view_;
    std::uint64_t run_id_;
    std::uint64_t shown_seq_ = 0;
    std::uint64_t last_seq_ = 0;  ///< Of a run that had ended before; else 0.
    bool has_ended_ = false;
};

int follow(const Globals& globals, Watch& watch, std::uint64_t run_id) {
    const auto address = address_from(globals.url);
    if (!address) {
        return report(globals, address.error());
    }
    auto stream = Stream::open(*address, "/api/v1/stream");
    if (!stream) {
        return report(globals, stream.error());
    }
    const std::string subscribe =
        R"({"subscribe":{"run":)" + std::to_string(run_id) + R"(,"after_seq":0}})";
    if (auto sent = stream->send(subscribe); !sent) {
        return report(globals, sent.error());
    }
    while (!watch.has_ended()) {
        const auto frame = stream->receive(patience);
        if (!frame || !*frame) {
            Error error = frame ? Error{Errc::unreachable, "relaxd closed the live stream", "", ""}
                                : frame.error();
            error.where = globals.url;
            error.hint = "the run is not touched by this; watch it again when relaxd is back";
            return report(globals, error);
        }
        if (const int code = watch.take(**frame); code != exit_done) {
            return code;
        }
    }
    return exit_done;
}

}  // namespace

int watch_run(const Globals& globals, const std::string& id) {
    const Asked asked = get_json(globals, "/api/v1/runs/" + percent_encoded(id));
    if (asked.exit_code != exit_done) {
        return asked.exit_code;
    }
    Watch watch(globals, asked.value);
    const int code = follow(globals, watch, number_in(asked.value, "run_id"));
    if (!globals.json) {
        watch.close();
    }
    return code;
}

}  // namespace relaxd::ctl
