// SPDX-License-Identifier: MIT
//
// The hub: rings of published rows, hello and tick, and the reading of subscriptions.

#include "daemon/serve/stream.hpp"

#include "daemon/serve/assets.hpp"
#include "daemon/serve/routes.hpp"
#include "daemon/serve/stream_client.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/version.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace relaxd::daemon {

namespace json = wire::json;

namespace {

Frame frame_of(const json::object& message) {
    return std::make_shared<const std::string>(json::serialize(message));
}

std::uint64_t seq_of(const record::Row& row) {
    return std::visit([](const auto& one) { return one.seq; }, row);
}

Result<void> take_run(Subscription& wanted, const json::value& run) {
    if (run.is_string() && run.get_string() == "current") {
        wanted.follows_current = true;
    } else if (run.is_string() && !run.get_string().empty()) {
        wanted.run = std::string(run.get_string());
    } else if (run.is_int64() && run.get_int64() > 0) {
        wanted.run = std::to_string(run.get_int64());
    } else {
        return fail(
            Errc::invalid, "\"run\" is neither \"current\" nor the number or uuid of a run", "run"
        );
    }
    return {};
}

Result<void> take_after(Subscription& wanted, const json::value& after) {
    if (after.is_int64() && after.get_int64() >= 0) {
        wanted.after_seq = static_cast<std::uint64_t>(after.get_int64());
        return {};
    }
    if (after.is_null()) {
        return {};
    }
    return fail(Errc::invalid, "\"after_seq\" is not a whole number from 0", "after_seq");
}

Result<void> take_instrument(Subscription& wanted, const json::value& instrument) {
    if (instrument.is_string()) {
        wanted.instrument = std::string(instrument.get_string());
        return {};
    }
    if (instrument.is_null()) {
        return {};
    }
    return fail(Errc::invalid, "\"instrument\" is not a name", "instrument");
}

}  // namespace

Result<Subscription> subscription_from(std::string_view text) {
    const std::string hint = R"(send {"subscribe":{"run":"current","after_seq":0}})";
    auto value = wire::parse(text, "message");
    if (!value) {
        return fail(std::move(value.error()));
    }
    const json::object* message = value->if_object();
    const json::value* body = message == nullptr ? nullptr : message->if_contains("subscribe");
    if (body == nullptr || message->size() != 1 || !body->is_object()) {
        return fail(Errc::invalid, "the message is not a subscription", "message", hint);
    }
    constexpr std::array<std::string_view, 3> known{"run", "instrument", "after_seq"};
    Subscription wanted;
    bool has_run = false;
    for (const auto& entry : body->get_object()) {
        const std::string key(entry.key());
        Result<void> taken;
        if (key == "run") {
            has_run = true;
            taken = take_run(wanted, entry.value());
        } else if (key == "after_seq") {
            taken = take_after(wanted, entry.value());
        } else if (key == "instrument") {
            taken = take_instrument(wanted, entry.value());
        } else {
            taken = fail(
                Errc::invalid,
                "unknown key \"" + key.substr(0, 80) + "\"",
                "subscribe",
                "did you mean \"" + std::string(nearest(key, known)) + "\"?"
            );
        }
        if (!taken) {
            return fail(std::move(taken.error()));
        }
    }
    if (!has_run) {
        return fail(Errc::invalid, "\"run\" is missing", "subscribe", hint);
    }
    return wanted;
}

// --- the ring

void RowRing::push(std::shared_ptr<const Published> row, std::uint64_t seq, SteadyTime now) {
    fed_ = now;
    if (rows_.empty() || seq != newest() + 1) {
        // Never a hole inside the ring: what is not dense starts it anew.
        rows_.clear();
        first_seq_ = seq;
    }
    Entry entry;
    entry.row = std::move(row);
    entry.published = now;
    rows_.push_back(std::move(entry));
    if (rows_.size() > capacity_) {
        rows_.pop_front();
        ++first_seq_;
    }
}

const Frame& RowRing::frame(std::uint64_t seq) {
    Entry& entry = rows_[static_cast<std::size_t>(seq - first_seq_)];
    if (!entry.frame) {
        entry.frame = frame_of(wire::to_message(entry.row->run_id, entry.row->row));
        entry.row.reset();
    }
    return entry.frame;
}

SteadyTime RowRing::published(std::uint64_t seq) const {
    return rows_[static_cast<std::size_t>(seq - first_seq_)].published;
}

// --- the hub

StreamHub::StreamHub(
    boost::asio::any_io_executor executor,
    Laboratory& laboratory,
    Reader& reader,
    const Clock& clock,
    StreamLimits limits
)
    : executor_(std::move(executor)),
      laboratory_(laboratory),
      reader_(reader),
      clock_(clock),
      limits_(limits) {}

StreamHub::~StreamHub() {
    for (const auto& client : clients_) {
        client->detach();
    }
}

std::shared_ptr<http::WebSocketOwner> StreamHub::open(std::shared_ptr<http::WebSocket> socket) {
    auto client = std::make_shared<StreamClient>(*this, std::move(socket));
    clients_.insert(client);
    json::object hello;
    hello["type"] = "hello";
    hello["api_version"] = "v1";
    hello["version"] = code_version();
    hello["page_build"] = page_build();
    hello["time_utc"] = to_text(clock_.utc());
    hello["runs"] = current_runs_json(laboratory_);
    client->send_control(frame_of(hello));
    return client;
}

void StreamHub::publish(const std::shared_ptr<const Published>& row) {
    ring_for(row->run_id).push(row, seq_of(row->row), clock_.steady());
    const auto present = clients_;
    for (const auto& client : present) {
        client->on_row(row->run_id, row->instrument);
    }
}

void StreamHub::tick() {
    const std::int64_t now_ns = clock_.steady().ns;
    const auto idle_ns = static_cast<std::int64_t>(limits_.ring_idle_s * 1e9);
    std::erase_if(rings_, [=](const auto& entry) {
        return now_ns - entry.second.fed().ns > idle_ns;
    });
    if (clients_.empty()) {
        return;
    }
    json::object message;
    message["type"] = "tick";
    message["time_utc"] = to_text(clock_.utc());
    message["recording"] = recording_json(laboratory_, clock_);
    message["runs"] = current_runs_json(laboratory_);
    const Frame frame = frame_of(message);
    const auto present = clients_;
    for (const auto& client : present) {
        client->send_control(frame);
    }
}

RowRing* StreamHub::ring(std::int64_t run_id) {
    const auto found = rings_.find(run_id);
    return found == rings_.end() || found->second.empty() ? nullptr : &found->second;
}

RowRing& StreamHub::ring_for(std::int64_t run_id) {
    const auto found = rings_.find(run_id);
    if (found != rings_.end()) {
        return found->second;
    }
    if (rings_.size() >= limits_.rings) {
        const auto oldest =
            std::min_element(rings_.begin(), rings_.end(), [](const auto& a, const auto& b) {
                return a.second.fed() < b.second.fed();
            });
        rings_.erase(oldest);
    }
    return rings_.emplace(run_id, RowRing(limits_.ring_rows)).first->second;
}

}  // namespace relaxd::daemon
