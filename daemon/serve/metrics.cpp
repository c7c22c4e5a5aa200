// SPDX-License-Identifier: MIT
//
// GET /metrics: Prometheus text exposition format 0.0.4.

#include "daemon/serve/routes.hpp"
#include "schema/base/number.hpp"
#include "schema/base/version.hpp"

namespace relaxd::daemon {

namespace {

/// A label value: backslash, quote and line feed escaped.
std::string escaped(std::string_view value) {
    std::string result;
    for (const char c : value) {
        if (c == '\\' || c == '"') {
            result.push_back('\\');
        }
        result += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return result;
}

class Exposition {
  public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = "relaxd_" + std::string(name);
        text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
        text_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
    }
    void value(const std::string& number, const std::string& labels = {}) {
        text_ += name_ + (labels.empty() ? "" : "{" + labels + "}") + " " + number + "\n";
    }
    void one(
        std::string_view name, std::string_view type, std::string_view help, std::uint64_t number
    ) {
        family(name, type, help);
        value(std::to_string(number));
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::string name_;
};

std::string label(std::string_view name, std::string_view value) {
    return std::string(name) + "=\"" + escaped(value) + "\"";
}

void put_laboratory(Exposition& out, const Laboratory& laboratory, const Clock& clock) {
    out.one("ready", "gauge", "1 when runs can be started", laboratory.not_ready_because().empty());
    out.one(
        "rows_waiting",
        "gauge",
        "Rows handed to the store, not yet committed",
        laboratory.rows_waiting()
    );
    const SteadyTime last = laboratory.last_commit();
    if (last.ns != 0) {
        out.family("last_commit_age_seconds", "gauge", "Age of the newest commit");
        out.value(to_text(static_cast<double>(clock.steady().ns - last.ns) * 1e-9));
    }
    out.family("instrument_connected", "gauge", "1 when the instrument answers");
    for (const record::Instrument& instrument : laboratory.instruments()) {
        const std::string labels = label("instrument", instrument.name) + "," +
                                   label("driver", instrument.driver) + "," +
                                   label("simulated", instrument.simulated ? "1" : "0");
        out.value(instrument.link_state == "connected" ? "1" : "0", labels);
    }
    out.family("run_last_seq", "gauge", "Newest committed sequence number of a current run");
    for (const CurrentRun& run : laboratory.current_runs()) {
        const std::string labels = label("run_id", std::to_string(run.run_id)) + "," +
                                   label("instrument", run.instrument) + "," +
                                   label("state", record::to_word(run.state));
        out.value(std::to_string(run.last_seq), labels);
    }
}

}  // namespace

std::string metrics_text(const Laboratory& laboratory, const Gauges& gauges, const Clock& clock) {
    Exposition out;
    out.family("build_info", "gauge", "Version of this daemon");
    out.value("1", label("version", code_version()));
    put_laboratory(out, laboratory, clock);
    const http::Counters& counts = gauges.http;
    out.one("http_connections", "gauge", "Open connections", counts.connections);
    out.one("websocket_clients", "gauge", "Open WebSockets", counts.websockets);
    out.one("http_accepted_total", "counter", "Connections accepted", counts.accepted);
    out.one("http_turned_away_total", "counter", "Connections over a limit", counts.turned_away);
    out.one(
        "websocket_stuck_total",
        "counter",
        "WebSockets closed because they did not read",
        counts.stuck
    );
    out.one(
        "http_failures_total",
        "counter",
        "Requests that ended by an unexpected exception",
        counts.failures
    );
    out.one("stream_frames_total", "counter", "Row frames sent to clients", gauges.frames_sent);
    out.one(
        "stream_squashed_rows_total",
        "counter",
        "Rows that slow clients were told to fetch",
        gauges.rows_squashed
    );
    return out.take();
}

}  // namespace relaxd::daemon
