// SPDX-License-Identifier: MIT
#include "drivers/ta_files/q_series.hpp"

#include "drivers/ta_files/header.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

namespace relaxd::ta_files {

namespace {

constexpr std::size_t mark_bytes = 2;
constexpr std::size_t segment_bytes = 20;
constexpr float end_mark = -100.0F;
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::size_t header_bytes_max = 1'000'000;

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

float f32_at(std::string_view bytes, std::size_t at) {
    return std::bit_cast<float>(u32_at(bytes, at));
}

/// Where the form feed (0C 00) that ends the header stands.
std::optional<std::size_t> header_end(std::string_view bytes) {
    const std::size_t last = std::min(bytes.size(), header_bytes_max);
    for (std::size_t i = mark_bytes; i + 1 < last; i += 2) {
        if (bytes[i] == '\x0C' && bytes[i + 1] == '\0') {
            return i;
        }
    }
    return std::nullopt;
}

/// One entry of the segment log. `time_s` is its end, local wall time counted as if it were UTC.
struct Logged {
    int index = 0;
    int kind = 0;
    double p1 = 0.0;
    double p2 = 0.0;
    std::int64_t time_s = 0;
};

constexpr int kind_isothermal = 5;

std::string text_of(const Logged& entry, const Header& header) {
    const auto planned = header.planned.find(entry.index);
    const auto number = [](double value) {
        return std::isfinite(value) ? relaxd::to_text(std::round(value * 1e4) / 1e4) : "?";
    };
    if (planned == header.planned.end()) {
        return "unrecognised segment of kind " + std::to_string(entry.kind) + " (" +
               number(entry.p1) + ", " + number(entry.p2) + ")";
    }
    std::string text = planned->second;
    if (entry.kind == kind_isothermal) {
        const std::vector<std::string_view> words = split(text, ' ');
        const std::optional<double> planned_min =
            words.size() > 2 ? to_double(words[2]) : std::nullopt;
        constexpr double rounding_min = 0.006;
        if (planned_min && std::abs(*planned_min - entry.p1) > rounding_min) {
            text += " (ended after " + number(entry.p1) + " min)";
        }
    }
    return text;
}

class QSeriesReader {
  public:
    QSeriesReader(std::string_view bytes, std::string_view source)
        : bytes_(bytes), source_(source) {
        table_.format = "ta-q-series";
    }

    Result<table::Table> read() {
        const std::optional<std::size_t> end = header_end(bytes_);
        if (!end) {
            return corrupt("the header does not end: 0 records were read");
        }
        const std::string text = utf16le_to_utf8(bytes_.substr(mark_bytes, *end - mark_bytes));
        Result<Header> header = read_header(lines_of(text).lines, ' ', source_);
        if (!header) {
            return fail(header.error());
        }
        header_ = std::move(*header);
        at_ = *end + 2;
        if (at_ >= bytes_.size()) {
            return corrupt("the file ends behind its header: 0 records were read");
        }
        const auto signals = static_cast<unsigned char>(bytes_[at_]);
        if (signals != header_.signals.size()) {
            return corrupt(
                "the header names " + std::to_string(header_.signals.size()) +
                " signals, the records have " + std::to_string(signals)
            );
        }
        ++at_;
        read_records();
        read_log();
        make_steps();
        finish();
        return std::move(table_);
    }

  private:
    [[nodiscard]] tl::unexpected<Error> corrupt(std::string message) const {
        return fail(
            Errc::corrupt, std::move(message), source_, "the file is damaged or cut; copy it again"
        );
    }

    void read_records() {
        const std::vector<Target> targets =
            targets_of(header_.signals, loading_of(header_.facts, Loading::tensile));
        for (const Target& target : targets) {
            table_.columns.push_back(target.column);
        }
        const std::size_t record_bytes = 4 * header_.signals.size();
        while (at_ + record_bytes <= bytes_.size()) {
            const std::size_t record = at_;
            at_ += record_bytes;
            if (f32_at(bytes_, record) == end_mark) {
                ended_ = true;
                return;
            }
            record::Reading row;
            row.number = table_.rows.size() + 1;
            row.segment = 1;
            row.time_s = record::unknown;
            row.raw = std::string(bytes_.substr(record, record_bytes));
            for (std::size_t i = 0; i < targets.size(); ++i) {
                put(row, targets[i], static_cast<double>(f32_at(bytes_, record + (4 * i))));
            }
            if (row.time_s < 0.0) {
                row.flags = "marker";
            }
            table_.rows.push_back(std::move(row));
        }
    }

    void read_log() {
        if (!ended_) {
            return;
        }
        while (at_ + segment_bytes <= bytes_.size()) {
            Logged entry;
            entry.index = static_cast<unsigned char>(bytes_[at_]);
            entry.kind = static_cast<unsigned char>(bytes_[at_ + 1]);
            entry.p1 = static_cast<double>(f32_at(bytes_, at_ + 2));
            entry.p2 = static_cast<double>(f32_at(bytes_, at_ + 6));
            entry.time_s = u32_at(bytes_, at_ + 16);
            if (entry.index != (static_cast<int>(log_.size()) + 1) % 256) {
                table_.warnings.push_back(
                    "the segment log is not understood behind entry " +
                    std::to_string(log_.size()) + ": it is left out from there"
                );
                return;
            }
            entry.index = static_cast<int>(log_.size()) + 1;
            log_.push_back(entry);
            at_ += segment_bytes;
        }
    }

    void make_steps() {
        std::int64_t started_s = header_.started.ns / ns_per_s;
        for (const Logged& entry : log_) {
            if (entry.kind == kind_end_of_run) {
                continue;
            }
            table::Step step;
            step.segment = entry.index;
            step.text = text_of(entry, header_);
            step.started_utc = UtcTime{started_s * ns_per_s};
            step.ended_utc = UtcTime{entry.time_s * ns_per_s};
            started_s = entry.time_s;
            table_.steps.push_back(step);
        }
        if (table_.steps.empty()) {
            table::Step step;
            step.text = "the file has no segment log";
            step.started_utc = header_.started;
            table_.steps.push_back(step);
            return;
        }
        assign_segments();
    }

    /// The file does not say when its time 0 was. In the files seen it is the end of the segment
    /// after which storing began: the latest end that leaves room for the last row before the
    /// run's.
    [[nodiscard]] std::int64_t time_zero_s(double last_s) const {
        constexpr double slack_s = 2.0;
        std::int64_t zero_s = log_.front().time_s;
        for (const Logged& entry : log_) {
            const auto room_s = static_cast<double>(log_.back().time_s - entry.time_s);
            if (last_s <= room_s + slack_s && entry.kind != kind_end_of_run) {
                zero_s = std::max(zero_s, entry.time_s);
            }
        }
        return zero_s;
    }

    void assign_segments() {
        double last_s = 0.0;
        for (const record::Reading& row : table_.rows) {
            last_s = row.time_s > last_s ? row.time_s : last_s;
        }
        const std::int64_t zero_s = time_zero_s(last_s);
        int before = table_.steps.front().segment;
        for (record::Reading& row : table_.rows) {
            if (row.time_s >= 0.0) {
                before = segment_at(row.time_s, zero_s, before);
            }
            row.segment = before;
        }
        if (!table_.rows.empty()) {
            table_.keys["time zero"] =
                "inferred from the segment log: " + to_text(UtcTime{zero_s * ns_per_s});
        }
    }

    /// The first timed segment that ends after the row; never an earlier one than the row before.
    [[nodiscard]] int segment_at(double time_s, std::int64_t zero_s, int before) const {
        for (const table::Step& step : table_.steps) {
            const std::int64_t end_s = step.ended_utc.ns / ns_per_s;
            if (step.segment >= before && static_cast<double>(end_s - zero_s) > time_s) {
                return step.segment;
            }
        }
        return std::max(before, table_.steps.back().segment);
    }

    void finish() {
        for (auto& [key, value] : keys_of(header_)) {
            table_.keys[key] = value;
        }
        table_.keys["clock"] = "local wall time of the instrument's computer, zone unknown";
        const std::string count = std::to_string(table_.rows.size());
        if (!header_.closed) {
            table_.warnings.push_back(
                "the file says OPEN: the run was not ended or its file not closed; " + count +
                " records were read"
            );
        }
        if (!ended_) {
            table_.warnings.push_back(
                "the file ends without its end record: " + count + " whole records were read, " +
                std::to_string(bytes_.size() - at_) + " bytes behind them left out"
            );
        } else if (at_ != bytes_.size()) {
            table_.warnings.push_back(
                "the segment log is cut: " + count + " records and " + std::to_string(log_.size()) +
                " segments were read"
            );
        } else if (table_.rows.empty()) {
            table_.warnings.emplace_back("the run was ended before its first record: 0 records");
        } else if (log_.empty() || log_.back().kind != kind_end_of_run) {
            table_.warnings.push_back(
                "the segment log has no end: " + count + " records were read"
            );
        }
    }

    std::string_view bytes_;
    std::string source_;
    std::size_t at_ = 0;
    bool ended_ = false;
    Header header_;
    std::vector<Logged> log_;
    table::Table table_;
};

}  // namespace

std::size_t q_series_body(std::string_view bytes) {
    const std::optional<std::size_t> end = header_end(bytes);
    return end ? *end + 2 : std::string_view::npos;
}

bool has_end_of_run(std::string_view bytes, std::size_t at) {
    for (; at + segment_bytes <= bytes.size(); at += segment_bytes) {
        if (static_cast<unsigned char>(bytes[at + 1]) == kind_end_of_run) {
            return true;
        }
    }
    return false;
}

bool is_q_series(std::string_view bytes) {
    constexpr std::size_t looked_at = 64;
    if (!bytes.starts_with("\xFF\xFE")) {
        return false;
    }
    const std::string start = utf16le_to_utf8(bytes.substr(mark_bytes, looked_at));
    const bool word = start.starts_with("CLOSED") || start.starts_with("OPEN");
    return word && start.find('\t') == std::string::npos;  // The text export separates by tabs.
}

Result<table::Table> read_q_series(std::string_view bytes, std::string_view source) {
    if (!is_q_series(bytes)) {
        return fail(
            Errc::invalid,
            "this is not a native Q-Series file (UTF-16 header that begins with CLOSED or OPEN)",
            std::string(source),
            {}
        );
    }
    return QSeriesReader(bytes, source).read();
}

}  // namespace relaxd::ta_files
