// SPDX-License-Identifier: MIT
#include "drivers/ta_files/follow.hpp"

#include "drivers/ta_files/q_series.hpp"
#include "drivers/ta_files/text.hpp"
#include "drivers/ta_files/ua_text.hpp"
#include "schema/base/sha256.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::ta_files {

namespace {

constexpr std::size_t looked_at_bytes = 80;  // holds the first tab of a text export
constexpr std::size_t header_bytes_max = 1'000'000;
constexpr std::size_t mark_bytes = 2;
constexpr std::size_t identity_digits = 32;
constexpr std::string_view end_mark{"\x00\x00\xC8\xC2", 4};  // -100 as f32le
constexpr std::string_view start_of_data = "StartOfData";

bool is_all_zero(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

bool is_same_signals(const std::vector<Signal>& a, const std::vector<Signal>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.name == y.name && x.unit == y.unit;
    });
}

std::string identity_of(const std::string& name, const Header& header) {
    std::string text = name + "\n" + header.facts.get("Date") + "\n" + header.facts.get("Time");
    for (const Signal& signal : header.signals) {
        text += "\n" + signal.name + " (" + signal.unit + ")";
    }
    return sha256_hex(text).substr(0, identity_digits);
}

}  // namespace

Result<Follower::Kind> Follower::find_kind(std::string_view bytes) const {
    const std::string start = to_utf8(bytes.substr(0, looked_at_bytes));
    const bool is_word = start.starts_with("CLOSED") || start.starts_with("OPEN");
    if (is_word && bytes.size() >= looked_at_bytes) {
        return is_q_series(bytes) ? Kind::native : Kind::text;
    }
    const std::string_view said(start);
    const bool may_become = std::string_view("CLOSED").starts_with(said.substr(0, 6)) ||
                            std::string_view("OPEN").starts_with(said.substr(0, 4));
    if (is_word || may_become || bytes.size() < 4) {
        return Kind::unknown;
    }
    return fail(
        Errc::invalid,
        "this is neither a native Q-Series file nor a text export (its first word is neither OPEN "
        "nor CLOSED)",
        name_,
        "follow the files that the instrument writes; let the pattern name only those"
    );
}

Result<Follower::Parts> Follower::native_parts(std::string_view bytes) const {
    Parts parts;
    const std::size_t body = q_series_body(bytes);
    if (body == std::string_view::npos || bytes.size() <= body) {
        if (bytes.size() > header_bytes_max) {
            return fail(Errc::corrupt, "the header does not end within 1 MB", name_);
        }
        return parts;
    }
    const std::string text = utf16le_to_utf8(bytes.substr(mark_bytes, body - (2 * mark_bytes)));
    Result<Header> header = read_header(lines_of(text).lines, ' ', name_);
    if (!header) {
        return fail(header.error());
    }
    const auto signals = static_cast<unsigned char>(bytes[body]);
    if (signals != header->signals.size()) {
        return fail(
            Errc::corrupt,
            "the header names " + std::to_string(header->signals.size()) +
                " signals, the records have " + std::to_string(signals),
            name_
        );
    }
    parts.header = std::move(*header);
    parts.head = bytes.substr(0, body + 1);
    parts.rows = bytes.substr(body + 1);
    return parts;
}

Result<Follower::Parts> Follower::text_parts(std::string_view text) const {
    Parts parts;
    const Lines all = lines_of(text);
    const auto start = std::find(all.lines.begin(), all.lines.end(), start_of_data);
    const bool is_last = start != all.lines.end() && start + 1 == all.lines.end();
    if (start == all.lines.end() || (is_last && !all.last_is_whole)) {
        if (text.size() > header_bytes_max) {
            return fail(Errc::corrupt, "there is no line StartOfData within 1 MB", name_);
        }
        return parts;
    }
    const auto count = static_cast<std::size_t>(start - all.lines.begin());
    Result<Header> header = read_header({all.lines.data(), count}, '\t', name_);
    if (!header) {
        return fail(header.error());
    }
    const auto at = static_cast<std::size_t>(start->data() - text.data());
    const std::size_t end = text.find('\n', at) + 1;
    parts.header = std::move(*header);
    parts.head = text.substr(0, end);
    parts.rows = text.substr(end);
    return parts;
}

std::string Follower::difference(const Parts& parts) const {
    if (!has_header_) {
        return {};
    }
    if (parts.head.empty()) {
        return name_ + " was cut: its header is no longer complete";
    }
    if (!is_same_signals(parts.header.signals, header_.signals)) {
        return name_ + " was replaced: it names other signals";
    }
    for (const char* key : {"Date", "Time"}) {
        if (parts.header.facts.get(key) != header_.facts.get(key)) {
            return name_ + " was replaced: its header has another " + key;
        }
    }
    if (parts.rows.substr(0, taken_.size()) == taken_) {
        return {};
    }
    const std::string count = std::to_string(starts_.size());
    if (parts.rows.size() < taken_.size() && taken_.starts_with(parts.rows)) {
        return name_ + " was cut: of " + count + " rows that were read some are gone";
    }
    return name_ + " was replaced: the " + count + " rows that were read are not in it any more";
}

Result<table::Table> Follower::read(std::string_view rows) const {
    const std::string bytes = head_ + std::string(rows);
    return kind_ == Kind::native ? read_q_series(bytes, name_) : read_ua_text(bytes, name_);
}

std::size_t Follower::take_native(std::string_view rows) {
    const std::size_t record_bytes = 4 * header_.signals.size();
    std::size_t at = taken_.size();
    std::size_t written = at;  // A file may be made longer before it is written: zeros wait.
    while (at + record_bytes <= rows.size() && rows.substr(at, end_mark.size()) != end_mark) {
        at += record_bytes;
        written = is_all_zero(rows.substr(at - record_bytes, record_bytes)) ? written : at;
    }
    has_end_record_ = at + record_bytes <= rows.size();
    const std::size_t end = has_end_record_ ? at : written;
    const std::size_t before = starts_.size();
    for (std::size_t start = taken_.size(); start < end; start += record_bytes) {
        starts_.push_back(start);
    }
    taken_.append(rows.substr(taken_.size(), end - taken_.size()));
    return starts_.size() - before;
}

Result<std::size_t> Follower::take_text(std::string_view rows) {
    const std::size_t last = rows.rfind('\n');
    const std::size_t end = last == std::string_view::npos ? 0 : last + 1;
    if (end <= taken_.size()) {
        return std::size_t{0};
    }
    const std::string_view fresh = rows.substr(taken_.size(), end - taken_.size());
    if (const auto readable = read(fresh); !readable) {
        return fail(readable.error());
    }
    const std::size_t before = starts_.size();
    for (const std::string_view line : lines_of(fresh).lines) {
        if (!trimmed(line).empty()) {
            starts_.push_back(taken_.size() + static_cast<std::size_t>(line.data() - fresh.data()));
        }
    }
    taken_.append(fresh);
    return starts_.size() - before;
}

void Follower::note_end(const Parts& parts) {
    const std::size_t behind = parts.rows.size() - taken_.size();
    const bool is_unchanged = behind == behind_rows_;
    behind_rows_ = behind;
    if (!has_end_record_ || has_ended_) {
        return;
    }
    const std::string_view end = parts.rows.substr(taken_.size());
    const std::size_t record_bytes = 4 * header_.signals.size();
    const bool has_log_end = has_end_of_run(end, record_bytes);
    has_ended_ = has_log_end || (header_.closed && is_unchanged);
    const bool has_log = end.size() > record_bytes;
    if (auto log = has_ended_ && has_log ? read(end) : Result<table::Table>{}) {
        steps_ = std::move(log->steps);
    }
}

Result<News> Follower::take(const Parts& parts) {
    News news;
    news.other = difference(parts);
    if (!news.other.empty() || parts.head.empty()) {
        return news;
    }
    news.header = !has_header_;
    if (news.header) {
        head_ = std::string(parts.head);
        header_ = parts.header;
        identity_ = identity_of(name_, header_);
    }
    const bool had_ended = has_ended_;
    if (kind_ == Kind::native) {
        news.rows = take_native(parts.rows);
    } else {
        const Result<std::size_t> taken = take_text(parts.rows);
        if (!taken) {
            return fail(taken.error());
        }
        news.rows = *taken;
    }
    has_header_ = true;
    news.closed = parts.header.closed && !header_.closed;
    header_ = parts.header;
    if (kind_ == Kind::native) {
        note_end(parts);
    }
    news.ended = has_ended_ && !had_ended;
    return news;
}

Result<News> Follower::look(std::string_view bytes) {
    if (kind_ == Kind::unknown || !has_header_) {
        const Result<Kind> kind = find_kind(bytes);
        if (!kind) {
            return fail(kind.error());
        }
        kind_ = *kind;
    }
    if (kind_ == Kind::unknown) {
        return News{};
    }
    const std::string text = kind_ == Kind::text ? to_utf8(bytes) : std::string();
    const Result<Parts> parts = kind_ == Kind::text ? text_parts(text) : native_parts(bytes);
    if (!parts && has_header_) {
        News news;
        news.other = name_ + " was replaced: " + parts.error().message;
        return news;
    }
    return parts ? take(*parts) : Result<News>(fail(parts.error()));
}

std::vector<record::Reading> Follower::rows(std::uint64_t first, std::size_t most) const {
    if (first == 0 || first > starts_.size() || most == 0) {
        return {};
    }
    const auto from = static_cast<std::size_t>(first - 1);
    const std::size_t to = std::min(starts_.size(), from + most);
    const std::size_t begin = starts_[from];
    const std::size_t end = to == starts_.size() ? taken_.size() : starts_[to];
    Result<table::Table> table = read(std::string_view(taken_).substr(begin, end - begin));
    if (!table) {
        return {};
    }
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        table->rows[i].number = first + i;
    }
    return std::move(table->rows);
}

}  // namespace relaxd::ta_files
