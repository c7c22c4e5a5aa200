// SPDX-License-Identifier: MIT
//
// The q800_class line protocol as a record that plays (docs/protocols/q800_class.md). Lines that
// hold something of the host's choice are written anew with a checksum; all others are sent byte
// for byte and in the record's chunks, corrupt ones too.
#include "drivers/q800_class/protocol.hpp"
#include "schema/base/number.hpp"
#include "tools/ctl/traffic/conversation.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace relaxd::ctl::traffic {

namespace q800 = drivers::q800_class;
using drivers::link::Mark;

namespace {

using Words = std::vector<std::string>;

constexpr std::int64_t reply_limit_ns = 1'000'000'000;  // section 2: every request, within 1.0 s

Words words_of(std::string_view payload) {
    Words out;
    while (!payload.empty()) {
        const auto end = payload.find(' ');
        out.emplace_back(payload.substr(0, end));
        payload.remove_prefix(end == std::string_view::npos ? payload.size() : end + 1);
    }
    return out;
}

std::string joined_words(const Words& words) {
    std::string out;
    for (const std::string& word : words) {
        out += (out.empty() ? "" : " ") + word;
    }
    return out;
}

/// The payload of a line with its LF; nothing where the checksum does not fit.
std::optional<std::string> payload_of(std::string_view line) {
    if (!line.ends_with('\n')) {
        return std::nullopt;
    }
    line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    constexpr std::size_t tail = 10;  // " *" and eight digits, section 1.2
    if (line.size() <= tail) {
        return std::nullopt;
    }
    std::string payload(line.substr(0, line.size() - tail));
    if (!q800::is_sendable(payload)) {
        return std::nullopt;
    }
    const std::string whole = q800::encode_line(payload);
    if (std::string_view(whole).substr(0, whole.size() - 1) != line) {
        return std::nullopt;
    }
    return payload;
}

/// A line from the host: `ID VERB [ARGUMENTS]`.
struct HostLine {
    explicit HostLine(std::string text) : raw(std::move(text)) {
        if (const auto payload = payload_of(raw)) {
            words = words_of(*payload);
        }
    }
    [[nodiscard]] std::string id() const { return words.empty() ? std::string() : words[0]; }
    [[nodiscard]] std::string verb() const { return words.size() < 2 ? std::string() : words[1]; }
    /// What the host sends when it likes to.
    [[nodiscard]] bool is_at_own_pace() const {
        return verb() == "status" || verb() == "heartbeat" || verb() == "ack";
    }
    std::string raw;
    Words words;  ///< Empty: not a whole line of the protocol.
};

/// A request of the record.
struct Asked : HostLine {
    explicit Asked(std::string text) : HostLine(std::move(text)) {}
    std::size_t line = 0;
    bool is_repeat = false;
    bool is_answered = false;
    SteadyTime time;
};

/// A line of the instrument.
struct Told {
    std::string raw;
    Words words;                         ///< Empty: sent as it is.
    std::optional<std::size_t> request;  ///< That it answers.
    std::int64_t latency_ns = 0;
};

struct Part {
    std::size_t told = 0;
    std::size_t before = 0;  ///< Bytes of the line that earlier chunks had.
    std::size_t size = 0;
    bool is_last = false;
};

struct Item {
    std::size_t line = 0;
    SteadyTime time;
    std::optional<std::size_t> asked;  ///< Else the instrument's.
    std::vector<Part> parts;
};

/// How the newest request of a verb was answered in the record.
struct Example {
    bool is_silent = false;
    Words words;
    std::int64_t latency_ns = 0;
};

class Q800 final : public Conversation {
  public:
    explicit Q800(const Connection& connection);
    Result<std::vector<Aside>> hear(std::string_view bytes) override;
    Step next() override;
    void done() override;
    std::string place() const override;
    std::size_t asides() const override { return asides_; }

  private:
    void read_host(const Connection::Piece& piece, std::string& rest);
    void read_instrument(const Connection::Piece& piece, bool& is_amid);
    void finish_line(Told& told, const Connection::Piece& piece);
    void pass_what_is_free();
    [[nodiscard]] bool is_at_own_pace(const Told& told) const {
        return told.request && asked_[*told.request].is_at_own_pace();
    }
    void learn(const Item& item);
    [[nodiscard]] std::string compose(const Told& told) const;
    void exchange_tokens(Words& words) const;
    [[nodiscard]] std::string token_for(const std::string& recorded) const;
    [[nodiscard]] bool fits(const Asked& recorded, const HostLine& heard);
    [[nodiscard]] Result<std::vector<Aside>> hear_line(const HostLine& heard);
    [[nodiscard]] Result<std::vector<Aside>> answer_aside(const HostLine& heard);
    [[nodiscard]] bool is_awaited(const Asked& asked) const {
        return !asked.is_at_own_pace() && !asked.is_repeat;
    }
    void expect_next();
    [[nodiscard]] tl::unexpected<Error> surprised(const HostLine& heard) const;

    std::vector<Item> items_;
    std::vector<Asked> asked_;
    std::vector<Told> told_;
    bool is_lost_ = false;
    SteadyTime end_;
    std::size_t last_line_ = 0;

    std::size_t at_ = 0;
    SteadyTime last_;           ///< Of the record, of what was done last.
    std::string heard_;         ///< A line of the host that is not whole yet.
    std::uint64_t offset_ = 0;  ///< Of heard_ in what the host sends.
    std::set<std::string> asked_ids_;
    std::size_t expected_ = 0;  ///< Request that must come next; those before have come.
    std::map<std::string, std::string> id_for_;  ///< By the record's ID.
    std::map<std::string, std::string> token_for_;
    std::map<std::string, std::string> answers_;  ///< By the host's ID; "" = not yet.
    std::map<std::string, Example> examples_;     ///< By verb.
    std::size_t asides_ = 0;
};

Q800::Q800(const Connection& connection)
    : is_lost_(connection.is_lost), end_(connection.end), last_line_(connection.last_line) {
    std::string rest;
    bool is_amid = false;
    for (const Connection::Piece& piece : connection.pieces) {
        if (piece.chunk.mark == Mark::to_instrument) {
            read_host(piece, rest);
        } else {
            read_instrument(piece, is_amid);
        }
    }
    last_ = items_.empty() ? end_ : items_.front().time;
}

void Q800::read_host(const Connection::Piece& piece, std::string& rest) {
    rest += piece.chunk.bytes;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
        Asked asked(rest.substr(0, end + 1));
        rest.erase(0, end + 1);
        asked.line = piece.line;
        asked.time = piece.chunk.steady;
        asked.is_repeat = !asked.words.empty() && !asked_ids_.insert(asked.id()).second;
        Item item;
        item.line = piece.line;
        item.time = piece.chunk.steady;
        item.asked = asked_.size();
        asked_.push_back(std::move(asked));
        items_.push_back(std::move(item));
    }
}

void Q800::read_instrument(const Connection::Piece& piece, bool& is_amid) {
    Item item;
    item.line = piece.line;
    item.time = piece.chunk.steady;
    std::string_view bytes = piece.chunk.bytes;
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        Part part;
        part.is_last = end != std::string_view::npos;
        part.size = part.is_last ? end + 1 : bytes.size();
        if (!is_amid) {
            told_.emplace_back();
        }
        part.before = told_.back().raw.size();
        part.told = told_.size() - 1;
        told_.back().raw += bytes.substr(0, part.size);
        if (part.is_last) {
            finish_line(told_.back(), piece);
        }
        is_amid = !part.is_last;
        bytes.remove_prefix(part.size);
        item.parts.push_back(part);
    }
    items_.push_back(std::move(item));
}

/// Which request the line answers: the newest with its ID.
void Q800::finish_line(Told& told, const Connection::Piece& piece) {
    const auto payload = payload_of(told.raw);
    if (!payload) {
        return;
    }
    Words words = words_of(*payload);
    const bool is_answer = (words[0] == "=" || words[0] == "!") && words.size() > 2;
    if (!is_answer && words[0] != "S") {
        return;
    }
    for (std::size_t i = asked_.size(); is_answer && !told.request && i > 0; --i) {
        Asked& asked = asked_[i - 1];
        if (asked.id() == words[1]) {
            told.request = i - 1;
            told.latency_ns = piece.chunk.steady.ns - asked.time.ns;
            asked.is_answered = true;
        }
    }
    told.words = std::move(words);
}

std::string Q800::token_for(const std::string& recorded) const {
    const auto found = token_for_.find(recorded);
    return found == token_for_.end() ? recorded : found->second;
}

void Q800::exchange_tokens(Words& words) const {
    if (words[0] == "S" && words.size() > 3) {
        words[3] = token_for(words[3]);
    }
    constexpr std::string_view key = "token=";
    for (std::size_t i = 3; words[0] == "=" && i < words.size(); ++i) {
        if (words[i].starts_with(key)) {
            words[i] = std::string(key) + token_for(words[i].substr(key.size()));
        }
    }
}

/// The line as this host must see it.
std::string Q800::compose(const Told& told) const {
    if (told.words.empty()) {
        return told.raw;
    }
    Words words = told.words;
    if (words[0] != "S") {
        const auto id = id_for_.find(words[1]);
        words[1] = id == id_for_.end() ? words[1] : id->second;
    }
    exchange_tokens(words);
    const std::string payload = joined_words(words);
    const bool is_same = words == told.words || !q800::is_sendable(payload);
    return is_same ? told.raw : q800::encode_line(payload);
}

/// Goes past what needs no time and no host: requests that have been heard, those that the host
/// sends at its own pace, their answers, and repeated requests.
void Q800::pass_what_is_free() {
    for (; at_ < items_.size(); ++at_) {
        const Item& item = items_[at_];
        if (item.asked) {
            const Asked& asked = asked_[*item.asked];
            if (asked.is_at_own_pace()) {
                if (!asked.is_answered && end_.ns - asked.time.ns >= reply_limit_ns) {
                    examples_[asked.verb()].is_silent = true;
                }
            } else if (*item.asked < expected_ && is_awaited(asked)) {
                last_ = item.time;
            } else if (!asked.is_repeat) {
                return;
            }
            continue;
        }
        const bool is_free =
            std::all_of(item.parts.begin(), item.parts.end(), [this](const Part& part) {
                return is_at_own_pace(told_[part.told]);
            });
        if (!is_free) {
            return;
        }
        learn(item);
    }
}

void Q800::learn(const Item& item) {
    for (const Part& part : item.parts) {
        const Told& told = told_[part.told];
        if (part.is_last && is_at_own_pace(told)) {
            Example example;
            example.words = told.words;
            example.latency_ns = told.latency_ns;
            examples_[asked_[*told.request].verb()] = std::move(example);
        }
    }
}

Step Q800::next() {
    pass_what_is_free();
    Step step;
    if (at_ == items_.size()) {
        if (is_lost_) {
            step.kind = Step::Kind::hang_up;
            step.after_ns = end_.ns - last_.ns;
        }
        return step;
    }
    const Item& item = items_[at_];
    if (item.asked) {
        step.kind = Step::Kind::wait_host;
        return step;
    }
    step.kind = Step::Kind::send;
    step.after_ns = item.time.ns - last_.ns;
    for (const Part& part : item.parts) {
        const Told& told = told_[part.told];
        if (is_at_own_pace(told)) {
            continue;
        }
        // Cut where the record's chunks cut it, as far as the line is as long as it was.
        const std::string text = compose(told);
        const std::size_t before = std::min(part.before, text.size());
        step.bytes += part.is_last ? text.substr(before) : text.substr(before, part.size);
    }
    return step;
}

void Q800::done() {
    if (at_ == items_.size() || items_[at_].asked) {
        return;
    }
    const Item& item = items_[at_];
    learn(item);
    for (const Part& part : item.parts) {
        const Told& told = told_[part.told];
        if (part.is_last && told.request && !is_at_own_pace(told)) {
            const auto id = id_for_.find(told.words[1]);
            if (id != id_for_.end()) {
                answers_[id->second] = compose(told);
            }
        }
    }
    last_ = item.time;
    ++at_;
}

std::string Q800::place() const {
    return "line " + std::to_string(at_ < items_.size() ? items_[at_].line : last_line_);
}

void Q800::expect_next() {
    while (expected_ < asked_.size() && !is_awaited(asked_[expected_])) {
        ++expected_;
    }
}

tl::unexpected<Error> Q800::surprised(const HostLine& heard) const {
    const bool is_over = expected_ == asked_.size();
    return says_something_else(
        is_over ? last_line_ : asked_[expected_].line,
        offset_,
        is_over ? std::string() : asked_[expected_].raw,
        heard.raw
    );
}

/// The same request but for its ID and the run's token, which are the host's choice.
bool Q800::fits(const Asked& recorded, const HostLine& heard) {
    const Words& was = recorded.words;
    const Words& is = heard.words;
    if (was.size() != is.size() || was.size() < 2 || was[1] != is[1]) {
        return false;
    }
    const bool begins = was[1] == "method" && was.size() > 3 && was[2] == "begin";
    for (std::size_t i = 2; i < was.size(); ++i) {
        const bool is_new_token = begins && i == 3 && q800::is_token(is[3]);
        if (was[i] != is[i] && !is_new_token && token_for(was[i]) != is[i]) {
            return false;
        }
    }
    if (begins) {
        token_for_[was[3]] = is[3];
    }
    return true;
}

Result<std::vector<Aside>> Q800::answer_aside(const HostLine& heard) {
    std::vector<Aside> out;
    const auto found = examples_.find(heard.verb());
    const bool is_known = found != examples_.end();
    if (is_known && found->second.is_silent) {
        return out;
    }
    if (!is_known && heard.verb() == "status") {
        return surprised(heard);  // before the record knows what the instrument is
    }
    Words words;
    const bool was_refused = is_known && found->second.words[0] == "!";
    if (was_refused || heard.verb() == "status") {
        words = found->second.words;
        words[1] = heard.id();
        exchange_tokens(words);
    } else {  // an echo, section 2
        const std::string key = heard.verb() == "ack" ? "ack=" : "seconds=";
        const std::string value = heard.words.size() > 2 ? heard.words[2] : std::string();
        words = {"=", heard.id(), heard.verb(), key + value};
    }
    const std::string payload = joined_words(words);
    if (!q800::is_sendable(payload)) {
        return surprised(heard);
    }
    Aside aside;
    aside.after_ns = is_known ? found->second.latency_ns : 0;
    aside.bytes = q800::encode_line(payload);
    out.push_back(std::move(aside));
    ++asides_;
    return out;
}

Result<std::vector<Aside>> Q800::hear_line(const HostLine& heard) {
    pass_what_is_free();
    expect_next();
    if (heard.is_at_own_pace()) {
        return answer_aside(heard);
    }
    std::vector<Aside> out;
    if (const auto earlier = answers_.find(heard.id()); earlier != answers_.end()) {
        if (!earlier->second.empty()) {  // a repeat is answered again, section 2
            Aside again;
            again.bytes = earlier->second;
            out.push_back(std::move(again));
            ++asides_;
        }
        return out;
    }
    if (expected_ == asked_.size() || !fits(asked_[expected_], heard)) {
        return surprised(heard);
    }
    id_for_[asked_[expected_].id()] = heard.id();
    answers_[heard.id()] = std::string();
    ++expected_;
    return out;
}

Result<std::vector<Aside>> Q800::hear(std::string_view bytes) {
    heard_ += bytes;
    std::vector<Aside> out;
    for (auto end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
        const HostLine line(heard_.substr(0, end + 1));
        auto answers = hear_line(line);
        if (!answers) {
            return answers;
        }
        out.insert(out.end(), answers->begin(), answers->end());
        offset_ += end + 1;
        heard_.erase(0, end + 1);
    }
    constexpr std::size_t line_max = q800::max_line;  // section 1.2
    if (heard_.size() > line_max) {
        return surprised(HostLine(heard_));
    }
    return out;
}

}  // namespace

std::unique_ptr<Conversation> q800_conversation(Connection connection) {
    return std::make_unique<Q800>(connection);
}

}  // namespace relaxd::ctl::traffic
