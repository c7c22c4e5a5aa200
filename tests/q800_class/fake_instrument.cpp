// SPDX-License-Identifier: MIT
#include "tests/q800_class/fake_instrument.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <sstream>

namespace relaxd::test {

namespace asio = boost::asio;

namespace {

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    std::string word;
    while (stream >> word) {
        words.push_back(word);
    }
    return words;
}

void rethrow(const std::exception_ptr& thrown) {
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

}  // namespace

asio::awaitable<void> FakeInstrument::serve(
    std::shared_ptr<FakeInstrument> self, std::unique_ptr<drivers::link::ByteLink> end
) {
    auto connection = std::make_shared<Connection>(self->executor_, std::move(end));
    self->connection_ = connection;
    self->answered_.clear();
    if (!self->keeps_late) {
        self->held_back_.clear();
    }
    asio::co_spawn(self->executor_, write_loop(connection), rethrow);
    std::array<char, 512> buffer{};
    std::string pending;
    while (connection->end->is_open()) {
        const std::span<char> room(buffer);
        auto got = co_await connection->end->read_some(room);
        if (!got || self->connection_ != connection) {
            break;
        }
        pending.append(buffer.data(), *got);
        for (auto lf = pending.find('\n'); lf != std::string::npos; lf = pending.find('\n')) {
            self->on_line(pending.substr(0, lf));
            pending.erase(0, lf + 1);
        }
    }
    connection->end->close();
    connection->signal.notify();
}

asio::awaitable<void> FakeInstrument::write_loop(std::shared_ptr<Connection> connection) {
    while (connection->end->is_open()) {
        if (connection->out.empty()) {
            co_await connection->signal.wait();
            continue;
        }
        std::string bytes;
        bytes.swap(connection->out);
        auto written = co_await connection->end->write(std::move(bytes), std::chrono::seconds(10));
        if (!written) {
            co_return;
        }
    }
}

void FakeInstrument::emit(const std::string& bytes) {
    if (connection_) {
        connection_->out += bytes;
        connection_->signal.notify();
    }
}

void FakeInstrument::hang_up() {
    if (connection_) {
        connection_->end->close();
        connection_->signal.notify();
    }
}

Fault FakeInstrument::fault_for(const std::string& verb) {
    for (FaultPlan& plan : faults) {
        if (plan.verb == verb && plan.times > 0) {
            --plan.times;
            return plan.fault;
        }
    }
    return Fault::none;
}

void FakeInstrument::on_line(const std::string& line) {
    if (line.size() < 11 || framed(line.substr(0, line.size() - 10)) != line + "\n") {
        emit(framed("! 0 bad_crc line dropped"));
        return;
    }
    const std::string payload = line.substr(0, line.size() - 10);
    const auto words = words_of(payload);
    const std::string& id = words[0];
    std::string verb = words.at(1);
    if (verb == "method") {
        verb += " " + words.at(2);
    }
    received.push_back(payload.substr(id.size() + 1));
    if (on_request) {
        on_request(verb);
    }
    const Fault fault = fault_for(verb);
    if (fault == Fault::disconnect) {
        hang_up();
        return;
    }
    std::string& reply = answered_[id];
    if (fault == Fault::error_reply) {
        reply = framed("! " + id + " fault it broke");
    } else if (reply.empty()) {
        ++executed[verb];
        const std::string text = answer(verb, words);
        reply = framed("= " + id + " " + words[1] + (text.empty() ? "" : " " + text));
    }
    if (fault == Fault::late) {
        held_back_ += reply;
        return;
    }
    if (fault == Fault::silence) {
        return;
    }
    std::string sent = held_back_ + reply;
    held_back_.clear();
    if (fault == Fault::corrupt_byte) {
        sent[3] = static_cast<char>(sent[3] ^ 0x04);
    }
    emit(std::move(sent));
}

std::string FakeInstrument::resend(const std::vector<std::string>& words) {
    const std::uint64_t first = std::stoull(words.at(2));
    const std::uint64_t last = words.size() > 3 ? std::stoull(words[3]) : newest;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t count = 0;
    for (const auto& [number, line] : readings) {
        if (number >= first && number <= last) {
            emit(line);
            from = from == 0 ? number : from;
            to = number;
            ++count;
        }
    }
    return "first=" + std::to_string(from) + " last=" + std::to_string(to) +
           " count=" + std::to_string(count);
}

std::string FakeInstrument::answer(const std::string& verb, const std::vector<std::string>& words) {
    if (verb == "identify") {
        return identity;
    }
    if (verb == "status") {
        return "state=" + state + " token=" + token +
               " segment=0 reading=" + std::to_string(newest) +
               " kept=" + std::to_string(readings.empty() ? 0 : readings.begin()->first) +
               " time_s=1.5 temperature_K=300.01 set_temperature_K=300 cause=- novelty=7" +
               status_more;
    }
    if (verb == "heartbeat") {
        return "seconds=" + (guard_answer.empty() ? words.at(2) : guard_answer);
    }
    if (verb == "method begin") {
        token = words.at(3);
        executed["segments"] = 0;
        return "lines=" + words.at(4);
    }
    if (verb == "method line") {
        executed["segments"] += words.at(4) == "segment" ? 1 : 0;
        return "line=" + words.at(3);
    }
    if (verb == "method commit") {
        state = "armed";
        return "token=" + token + " segments=" + std::to_string(executed["segments"]) + geometry;
    }
    if (verb == "start") {
        state = "running";
        newest = 0;
        readings.clear();
        if (!loses_states) {
            emit(framed("S running 1 " + token + " 0 -"));
        }
        return "token=" + token;
    }
    if (verb == "stop" || verb == "safe") {
        state = verb == "stop" ? "cooling" : "idle";
        return "";
    }
    if (verb == "hold" || verb == "resume") {
        state = verb == "hold" ? "holding" : "running";
        return "";
    }
    if (verb == "resend") {
        return resend(words);
    }
    if (verb == "ack" || verb == "allow") {
        return verb + "=" + words.at(2);
    }
    if (verb == "end_segment") {
        return "after=" + words.at(2);
    }
    if (verb == "truth") {
        if (words.at(2) == "run") {
            emit(framed("T 0 E_u_Pa 3.5e+10") + framed("T 0 chi_Tg 0.35"));
            return "count=2";
        }
        const std::uint64_t first = std::stoull(words[2]);
        const std::uint64_t last = std::stoull(words.at(3));
        for (std::uint64_t n = first; n <= last; ++n) {
            emit(framed("T " + std::to_string(n) + " chi 0.3"));
        }
        return "count=" + std::to_string(last - first + 1);
    }
    return "";
}

}  // namespace relaxd::test
