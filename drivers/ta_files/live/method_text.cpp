// SPDX-License-Identifier: MIT
#include "drivers/ta_files/live/method_text.hpp"

#include "schema/base/number.hpp"
#include "schema/method/method.hpp"

#include <cmath>
#include <set>

namespace relaxd::ta_files {

namespace {

constexpr std::size_t frequencies_max = 100;

/// Text between quotation marks that TOML reads back unchanged.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return out + "\"";
}

/// One line of a comment.
std::string plain(const std::string& text) {
    std::string out = text;
    for (char& c : out) {
        c = static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return out;
}

tl::unexpected<Error> no_method(std::string message, const std::string& file) {
    return fail(
        Errc::refused,
        std::move(message),
        file,
        "give a method with --method: its mode, frequencies and [fits] say how the rows are read, "
        "nothing of it is sent"
    );
}

}  // namespace

Result<std::string> method_text(
    const Header& header, const std::vector<record::Reading>& rows, const std::string& file
) {
    std::set<double> frequencies_Hz;
    for (const record::Reading& row : rows) {
        const double frequency_Hz = row.values[record::Channel::frequency_Hz];
        const bool has_modulus = row.values.has(record::Channel::storage_modulus_Pa);
        if (row.flags.empty() && has_modulus && frequency_Hz > 0.0) {
            frequencies_Hz.insert(std::round(frequency_Hz * 1e6) * 1e-6);
        }
    }
    frequencies_Hz.erase(0.0);
    if (frequencies_Hz.empty() || frequencies_Hz.size() > frequencies_max) {
        return no_method("its rows so far have no storage modulus at some frequency", file);
    }
    std::string segments;
    std::string strange;
    for (const auto& [number, sentence] : header.planned) {
        if (method::parse_sentence(sentence, file)) {
            segments += "    " + quoted(sentence) + ",\n";
        } else {
            strange +=
                "# not understood: " + std::to_string(number) + ": " + plain(sentence) + "\n";
        }
    }
    if (segments.empty()) {
        return no_method("its header has no method sentence that relaxd understands", file);
    }
    std::string text = "# read from the header of " + plain(file) + ", which was only followed\n";
    text += strange + "mode = \"multi-frequency-strain\"\nfrequencies = [";
    for (const double frequency_Hz : frequencies_Hz) {
        text += quoted(relaxd::to_text(frequency_Hz) + " Hz") + ", ";
    }
    return text + "]\nsegments = [\n" + segments + "]\n";
}

}  // namespace relaxd::ta_files
