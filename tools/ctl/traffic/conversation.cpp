// SPDX-License-Identifier: MIT
#include "tools/ctl/traffic/conversation.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::ctl::traffic {

using drivers::link::Chunk;
using drivers::link::escaped;
using drivers::link::Mark;
namespace note = drivers::link::note;

namespace {

bool is_note(const Chunk& chunk, std::string_view word) {
    return chunk.mark == Mark::note && chunk.bytes.starts_with(word);
}

class Exact final : public Conversation {
  public:
    explicit Exact(Connection connection) : connection_(std::move(connection)) {}

    Result<std::vector<Aside>> hear(std::string_view bytes) override {
        heard_ += bytes;
        // All that the host will have said, as far as it has come: the first difference counts.
        while (!heard_.empty()) {
            while (host_ < connection_.pieces.size() && !is_host(host_)) {
                ++host_;
            }
            if (host_ == connection_.pieces.size()) {
                return says_something_else(connection_.last_line, offset_, "", heard_);
            }
            const std::string_view wanted =
                std::string_view(connection_.pieces[host_].chunk.bytes).substr(within_);
            const std::size_t size = std::min(wanted.size(), heard_.size());
            if (wanted.substr(0, size) != std::string_view(heard_).substr(0, size)) {
                const auto differs =
                    std::mismatch(wanted.begin(), wanted.begin() + size, heard_.begin());
                const auto same = static_cast<std::size_t>(differs.first - wanted.begin());
                return says_something_else(
                    connection_.pieces[host_].line, offset_ + same, wanted, heard_
                );
            }
            offset_ += size;
            within_ += size;
            heard_.erase(0, size);
            if (size == wanted.size()) {
                ++host_;
                within_ = 0;
            }
        }
        return std::vector<Aside>();
    }

    Step next() override {
        pass_host();
        Step step;
        if (at_ < connection_.pieces.size()) {
            if (is_host(at_)) {
                step.kind = Step::Kind::wait_host;
                return step;
            }
            step.kind = Step::Kind::send;
            step.bytes = connection_.pieces[at_].chunk.bytes;
            step.after_ns = since_last(connection_.pieces[at_].chunk.steady);
        } else if (connection_.is_lost) {
            step.kind = Step::Kind::hang_up;
            step.after_ns = since_last(connection_.end);
        }
        return step;
    }

    void done() override {
        if (at_ < connection_.pieces.size()) {
            ++at_;
        }
    }

    std::string place() const override {
        const std::size_t line =
            at_ < connection_.pieces.size() ? connection_.pieces[at_].line : connection_.last_line;
        return "line " + std::to_string(line);
    }

  private:
    [[nodiscard]] bool is_host(std::size_t piece) const {
        return connection_.pieces[piece].chunk.mark == Mark::to_instrument;
    }
    /// What the host has said already is behind us.
    void pass_host() {
        while (at_ < connection_.pieces.size() && is_host(at_) && at_ < host_) {
            ++at_;
        }
    }
    [[nodiscard]] std::int64_t since_last(SteadyTime time) const {
        return at_ == 0 ? 0 : time.ns - connection_.pieces[at_ - 1].chunk.steady.ns;
    }

    Connection connection_;
    std::string heard_;
    std::size_t host_ = 0;    ///< Piece that the host says next.
    std::size_t within_ = 0;  ///< Bytes of it that it has said.
    std::uint64_t offset_ = 0;
    std::size_t at_ = 0;  ///< Piece that is played next.
};

}  // namespace

tl::unexpected<Error> says_something_else(
    std::size_t line, std::uint64_t offset, std::string_view recorded, std::string_view received
) {
    const auto shown = [](std::string_view bytes) {
        constexpr std::size_t most = 120;
        const bool is_cut = bytes.size() > most;
        return "\"" + escaped(bytes.substr(0, most)) + (is_cut ? "\"…" : "\"");
    };
    std::string message =
        "the host says something else at byte " + std::to_string(offset) + " of what it sends: ";
    message += recorded.empty() ? "nothing more is recorded" : "recorded " + shown(recorded);
    message += ", received " + shown(received);
    return fail(
        Errc::refused,
        std::move(message),
        "line " + std::to_string(line),
        "the same driver with the same method and specimen must be the host"
    );
}

Result<std::vector<Connection>> connections_of(
    const drivers::link::Traffic& traffic, const std::string& source
) {
    std::vector<Connection> out;
    bool is_open = false;
    for (std::size_t i = 0; i < traffic.chunks.size(); ++i) {
        const Chunk& chunk = traffic.chunks[i];
        const std::size_t line = i + 2;
        if (is_note(chunk, note::opened)) {
            out.emplace_back();
            is_open = true;
        } else if (!is_open) {
            continue;
        }
        Connection& last = out.back();
        last.last_line = line;
        last.end = chunk.steady;
        if (chunk.mark != Mark::note) {
            Connection::Piece piece;
            piece.chunk = chunk;
            piece.line = line;
            last.pieces.push_back(std::move(piece));
        } else if (is_note(chunk, note::lost)) {
            last.is_lost = true;
            is_open = false;
        } else if (!is_note(chunk, note::opened)) {
            is_open = false;  // closed, switched off, full; chunks missed: the rest makes no sense
        }
    }
    if (out.empty()) {
        return fail(
            Errc::invalid,
            "the trace holds no opening of the link: a host begins by asking who is there, and the "
            "answer to that is not in it",
            source,
            "switch the trace on before the instrument connects: trace = true in its "
            "configuration, or unplug and plug its link"
        );
    }
    return out;
}

std::unique_ptr<Conversation> exact_conversation(Connection connection) {
    return std::make_unique<Exact>(std::move(connection));
}

std::unique_ptr<Conversation> conversation_for(const std::string& driver, Connection connection) {
    return driver == "q800_class" ? q800_conversation(std::move(connection))
                                  : exact_conversation(std::move(connection));
}

}  // namespace relaxd::ctl::traffic
