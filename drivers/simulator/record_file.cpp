// SPDX-License-Identifier: MIT
#include "drivers/simulator/record_file.hpp"

#include "drivers/simulator/frame.hpp"
#include "drivers/simulator/q800_device.hpp"
#include "schema/base/number.hpp"

#include <array>
#include <cmath>
#include <string_view>

namespace relaxd::simulator {
namespace {

// The words of a reading from the second on (the first is the letter R); then its columns.
constexpr std::array<std::string_view, 3> heads{"reading_number", "time_s", "segment"};

}  // namespace

std::string record_line(const SimReading& reading, const std::string& run_token) {
    // What was sent is the source: the record cannot differ from the wire.
    const std::string payload = reading_payload(reading);
    const auto words = split_words(payload);
    // A token is of A-Za-z0-9._- and flags are plain words: nothing needs escaping.
    std::string text = "{\"run\":\"" + run_token + "\"";
    for (std::size_t i = 0; i < heads.size() + reading_columns.size(); ++i) {
        const std::string_view key =
            i < heads.size() ? heads[i] : reading_columns[i - heads.size()].first;
        const std::string_view word = (*words)[i + 1];
        text += ",\"";
        text += key;
        text += "\":";
        // JSON has no word for what a broken unit sends as a number.
        text += word == "-" || key == reading.broken_column ? std::string_view("null") : word;
    }
    for (std::size_t i = 1 + heads.size() + reading_columns.size() + 1; i < words->size(); ++i) {
        const std::string_view word = (*words)[i];
        const std::size_t sign = word.find('=');
        const std::string_view value = word.substr(sign + 1);
        text += ",\"" + std::string(word.substr(0, sign)) + "\":";
        text += value == "-" ? std::string_view("null") : value;
    }
    text += ",\"flags\":";
    text += reading.flags == "-" ? std::string("null") : "\"" + reading.flags + "\"";
    text += ",\"truth\":{";
    const ReadingTruth truth = truth_of(reading);
    bool is_first = true;
    for (const auto& [name, member] : truth_members) {
        if (const double value = truth.*member; std::isfinite(value)) {
            text += is_first ? "\"" : ",\"";
            text += name;
            text += "\":" + to_text(value);
            is_first = false;
        }
    }
    text += "}";
    if (!reading.faults.empty()) {
        text += ",\"faults\":\"" + reading.faults + "\"";
    }
    text += "}";
    return text;
}

Result<std::unique_ptr<RecordFile>> RecordFile::create(const std::string& path) {
    std::unique_ptr<RecordFile> file(new RecordFile(path));
    if (!file->good()) {
        return fail(
            Errc::io, "cannot write the record file", path, "name a file in an existing folder"
        );
    }
    return file;
}

void RecordFile::add(const SimReading& reading, const std::string& run_token) {
    stream_ << record_line(reading, run_token) << '\n';
}

}  // namespace relaxd::simulator
