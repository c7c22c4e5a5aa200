// SPDX-License-Identifier: MIT
//
// JSON in. Boost.JSON 1.81 reads one decimal in five up to a unit in the last place off, so a
// double is read again from its own text: what `json::serialize` wrote comes back bit for bit.
#include "schema/base/number.hpp"
#include "schema/wire/wire.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <algorithm>
#include <string>

namespace relaxd::wire {

namespace {

using boost::system::error_code;
using Text = json::string_view;

/// Builds the value; the interface is that of json::basic_parser.
class Builder {
  public:
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    Builder() { stack_.reset(); }
    [[nodiscard]] json::value release() { return stack_.release(); }

    // NOLINTBEGIN(readability-convert-member-functions-to-static): the parser's interface
    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t size, error_code&) {
        stack_.push_object(size);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t size, error_code&) {
        stack_.push_array(size);
        return true;
    }
    bool on_key_part(Text part, std::size_t, error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_key(Text rest, std::size_t, error_code&) {
        stack_.push_key(rest);
        return true;
    }
    bool on_string_part(Text part, std::size_t, error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(Text rest, std::size_t, error_code&) {
        stack_.push_string(rest);
        return true;
    }
    bool on_number_part(Text part, error_code&) {
        number_.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t value, Text, error_code&) {
        number_.clear();
        stack_.push_int64(value);
        return true;
    }
    bool on_uint64(std::uint64_t value, Text, error_code&) {
        number_.clear();
        stack_.push_uint64(value);
        return true;
    }
    bool on_double(double nearly, Text rest, error_code&) {
        number_.append(rest.data(), rest.size());
        // What is too small for a double has no text of its own: it stays what the parser made it.
        stack_.push_double(to_double(number_).value_or(nearly));
        number_.clear();
        return true;
    }
    bool on_bool(bool value, error_code&) {
        stack_.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(Text, error_code&) { return true; }
    bool on_comment(Text, error_code&) { return true; }
    // NOLINTEND(readability-convert-member-functions-to-static)

  private:
    json::value_stack stack_;
    std::string number_;  ///< The text of a number so far.
};

}  // namespace

Result<json::value> parse(std::string_view text, std::string_view source) {
    json::parse_options options;
    options.max_depth = 32;
    json::basic_parser<Builder> parser(options);
    error_code error;
    const std::size_t read = parser.write_some(true, text.data(), text.size(), error);
    if (!error && read < text.size()) {
        error = json::error::extra_data;
    }
    if (!error) {
        parser.write_some(false, nullptr, 0, error);
    }
    if (!error) {
        return parser.handler().release();
    }
    const std::string_view before = text.substr(0, std::min(read, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return fail(
        Errc::invalid,
        "this is not valid JSON: " + error.message(),
        std::string(source) + ":" + std::to_string(line) + ":" +
            std::to_string(before.size() - line_start + 1),
        "correct the text there"
    );
}

}  // namespace relaxd::wire
