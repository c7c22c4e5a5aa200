// SPDX-License-Identifier: MIT
//
// A record that plays: what the host must say, what it may choose freely, and how a difference is
// told. Records are written here by hand, from docs/protocols/q800_class.md.
#include "tools/ctl/traffic/conversation.hpp"

#include "drivers/q800_class/protocol.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace relaxd::ctl::traffic;
using relaxd::Errc;
using relaxd::drivers::link::Chunk;
using relaxd::drivers::link::Mark;
using relaxd::drivers::link::Traffic;

namespace {

std::string line(const std::string& payload) {
    return relaxd::drivers::q800_class::encode_line(payload);
}

/// A record made of `>text`, `<text` and `|note`, one every 100 ms.
Traffic record_of(const std::vector<std::string>& chunks) {
    Traffic traffic;
    std::int64_t ns = 5'000'000'000;
    for (const std::string& text : chunks) {
        Chunk chunk;
        chunk.steady.ns = ns += 100'000'000;
        chunk.mark = static_cast<Mark>(text[0]);
        chunk.bytes = text.substr(1);
        traffic.chunks.push_back(std::move(chunk));
    }
    return traffic;
}

Connection one(std::vector<std::string> chunks) {
    chunks.insert(chunks.begin(), "|opened");
    auto connections = connections_of(record_of(chunks), "r");
    REQUIRE(connections.has_value());
    REQUIRE(connections->size() == 1);
    return connections->front();
}

/// Everything that is said without the host, then what comes next.
std::string said(Conversation& conversation) {
    std::string out;
    for (Step step = conversation.next();; step = conversation.next()) {
        switch (step.kind) {
            case Step::Kind::send:
                out += step.bytes;
                conversation.done();
                continue;
            case Step::Kind::wait_host: return out + "?";
            case Step::Kind::hang_up: return out + "!";
            case Step::Kind::host_leaves: return out + ".";
        }
    }
}

std::string heard(Conversation& conversation, const std::string& bytes) {
    const auto answers = conversation.hear(bytes);
    if (!answers) {
        return answers.error().where + ": " + answers.error().message;
    }
    std::string out;
    for (const Aside& aside : *answers) {
        out += aside.bytes;
    }
    return out;
}

const std::string identity = "protocol=1 vendor=A model=B serial=C firmware=D simulated=0 keeps=9";

}  // namespace

TEST_CASE("each connection of a trace is played by itself, and only from its opening on") {
    const auto connections = connections_of(
        record_of(
            {"|on",
             "<amid a connection",
             "|lost: x",
             "|opened",
             ">a",
             "|closed",
             "|opened",
             "<b",
             "|missed 3 chunks",
             "<c",
             "|lost: the peer",
             "|opened",
             "<d",
             "|off"}
        ),
        "r"
    );
    REQUIRE(connections.has_value());
    REQUIRE(connections->size() == 3);
    CHECK(connections->at(0).pieces.at(0).chunk.bytes == "a");
    CHECK(connections->at(0).pieces.at(0).line == 6);
    CHECK_FALSE(connections->at(0).is_lost);
    CHECK(connections->at(1).pieces.size() == 1);  // what follows a hole makes no sense
    CHECK_FALSE(connections->at(2).is_lost);
    const auto none = connections_of(record_of({"|on", "<x", "|off"}), "r");
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == Errc::invalid);
    CHECK(none.error().hint.find("trace = true") != std::string::npos);
}

TEST_CASE("exact: the host may cut its bytes anywhere, the record's spacing is kept") {
    const auto conversation = exact_conversation(one({">ask\n", "<ans", "<wer\n", ">bye\n"}));
    CHECK(said(*conversation) == "?");
    CHECK(heard(*conversation, "as").empty());
    CHECK(said(*conversation) == "?");
    CHECK(heard(*conversation, "k\nby").empty());  // early is no fault
    Step step = conversation->next();
    CHECK(step.bytes == "ans");
    CHECK(step.after_ns == 100'000'000);
    CHECK(said(*conversation) == "answer\n?");
    CHECK(heard(*conversation, "e\n").empty());
    CHECK(said(*conversation) == ".");
}

TEST_CASE("exact: another byte is told with its offset and both texts") {
    const auto conversation = exact_conversation(one({">ask 1\n", "<answer\n", "|lost: gone"}));
    CHECK(
        heard(*conversation, "ask 2\n") ==
        "line 3: the host says something else at byte 4 of what it sends: recorded \"ask 1\\n\", "
        "received \"ask 2\\n\""
    );
    const auto more = exact_conversation(one({">ask\n", "<answer\n", "|lost: gone"}));
    CHECK(heard(*more, "ask\n").empty());
    CHECK(said(*more) == "answer\n!");
    CHECK(
        heard(*more, "again\n").find("nothing more is recorded, received \"again\\n\"") !=
        std::string::npos
    );
}

TEST_CASE("q800: the host's IDs and the run's token are its own, the rest is exact") {
    const auto conversation = q800_conversation(one(
        {">" + line("7 identify"),
         "<" + line("= 7 identify " + identity),
         ">" + line("8 method begin run-1 1"),
         "<" + line("= 8 method lines=1"),
         ">" + line("9 method line 1 mode creep"),
         "<" + line("= 9 method line=1"),
         ">" + line("10 start run-1"),
         "<" + line("S running 1 run-1 0 -") + line("= 10 start token=run-1") + line("R 1 2.5")}
    ));
    CHECK(said(*conversation) == "?");
    CHECK(heard(*conversation, line("501 identify")).empty());
    CHECK(said(*conversation) == line("= 501 identify " + identity) + "?");
    CHECK(heard(*conversation, line("502 method begin other 1")).empty());
    CHECK(said(*conversation) == line("= 502 method lines=1") + "?");
    CHECK(heard(*conversation, line("503 method line 1 mode creep")).empty());
    CHECK(said(*conversation) == line("= 503 method line=1") + "?");
    CHECK(heard(*conversation, line("504 start other")).empty());
    CHECK(
        said(*conversation) ==
        line("S running 1 other 0 -") + line("= 504 start token=other") + line("R 1 2.5") + "."
    );
    CHECK(conversation->asides() == 0);
}

TEST_CASE("q800: another method is a difference, told with offset and both texts") {
    const auto conversation = q800_conversation(one(
        {">" + line("7 identify"),
         "<" + line("= 7 identify " + identity),
         ">" + line("9 method line 1 mode creep"),
         "<" + line("= 9 method line=1")}
    ));
    const std::string first = line("1 identify");
    CHECK(heard(*conversation, first).empty());
    const std::string told = heard(*conversation, line("2 method line 1 mode aging"));
    CHECK(
        told.find(
            "line 5: the host says something else at byte " + std::to_string(first.size()) +
            " of what it sends: recorded \"9 method line 1 "
            "mode creep *"
        ) == 0
    );
    CHECK(told.find("received \"2 method line 1 mode aging *") != std::string::npos);
    const auto noisy = q800_conversation(one({">" + line("7 identify")}));
    CHECK(
        heard(*noisy, "7 identify *00000000\n").find("something else at byte 0") !=
        std::string::npos
    );
    const auto endless = q800_conversation(one({">" + line("7 identify")}));
    CHECK(heard(*endless, std::string(600, 'x')).find("something else") != std::string::npos);
}

TEST_CASE("q800: status, heartbeat and ack come at the host's own pace") {
    const auto conversation = q800_conversation(one(
        {">" + line("7 identify"),
         "<" + line("= 7 identify " + identity),
         ">" + line("8 status"),
         "<" + line("= 8 status state=idle reading=0"),
         ">" + line("9 stop"),
         "<" + line("= 9 stop"),
         "<" + line("R 1 2.5"),
         ">" + line("10 ack 1"),
         "<" + line("= 10 ack ack=1"),
         "<" + line("R 2 3.5"),
         ">" + line("11 status"),
         "<" + line("= 11 status state=running reading=2") + line("R 3 4.5")}
    ));
    CHECK(heard(*conversation, line("1 identify")).empty());
    CHECK(said(*conversation) == line("= 1 identify " + identity) + "?");
    // What it was at this place of the record, as often as the host asks.
    CHECK(heard(*conversation, line("2 status")) == line("= 2 status state=idle reading=0"));
    CHECK(heard(*conversation, line("3 status")) == line("= 3 status state=idle reading=0"));
    CHECK(heard(*conversation, line("4 heartbeat 10")) == line("= 4 heartbeat seconds=10"));
    CHECK(heard(*conversation, line("5 stop")).empty());
    // No ack, no second status: the readings come all the same.
    CHECK(
        said(*conversation) ==
        line("= 5 stop") + line("R 1 2.5") + line("R 2 3.5") + line("R 3 4.5") + "."
    );
    CHECK(heard(*conversation, line("6 ack 3")) == line("= 6 ack ack=3"));
    CHECK(heard(*conversation, line("7 status")) == line("= 7 status state=running reading=2"));
    CHECK(conversation->asides() == 5);
}

TEST_CASE("q800: where the instrument fell silent, it is silent again") {
    std::vector<std::string> chunks{
        ">" + line("7 identify"), "<" + line("= 7 identify " + identity), ">" + line("8 status")
    };
    for (int i = 0; i < 11; ++i) {
        chunks.push_back("<" + line("R " + std::to_string(i) + " 2.5"));
    }
    const auto conversation = q800_conversation(one(chunks));
    CHECK(heard(*conversation, line("1 identify")).empty());
    CHECK(said(*conversation).ends_with("."));
    CHECK(heard(*conversation, line("2 status")).empty());
    CHECK(heard(*conversation, line("2 status")).empty());
}

TEST_CASE("q800: a request that is repeated is answered again, and never waited for") {
    const auto conversation = q800_conversation(one(
        {">" + line("7 identify"),
         ">" + line("7 identify"),
         "<" + line("= 7 identify " + identity),
         "<" + line("= 7 identify " + identity)}
    ));
    CHECK(heard(*conversation, line("1 identify")).empty());
    const std::string answer = line("= 1 identify " + identity);
    CHECK(said(*conversation) == answer + answer + ".");
    CHECK(heard(*conversation, line("1 identify")) == answer);
}

TEST_CASE("q800: lines that are corrupt, cut or unasked are sent byte for byte, in their chunks") {
    const std::string reading = line("R 1 2.5");
    const std::string answer = line("= 7 identify " + identity);
    const auto conversation = q800_conversation(one(
        {">" + line("7 identify"),
         "<" + answer.substr(0, 5),
         "<" + answer.substr(5) + reading.substr(0, 3),
         "<" + reading.substr(3) + "R 2 *bad\r\n" + line("= 3 status state=idle"),
         "<R 3 half"}
    ));
    CHECK(heard(*conversation, line("123456 identify")).empty());
    const std::string mine = line("= 123456 identify " + identity);
    Step step = conversation->next();
    CHECK(step.bytes == mine.substr(0, 5));
    conversation->done();
    step = conversation->next();
    CHECK(step.bytes == mine.substr(5) + reading.substr(0, 3));
    conversation->done();
    step = conversation->next();
    CHECK(step.bytes == reading.substr(3) + "R 2 *bad\r\n" + line("= 3 status state=idle"));
    conversation->done();
    CHECK(said(*conversation) == "R 3 half.");
}
