// SPDX-License-Identifier: MIT
//
// What TA's text files have in common: encodings, lines, tabs, and header facts without people.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::ta_files {

/// UTF-16 (by its mark, or by zero bytes), UTF-8 (mark removed) or Latin-1 as UTF-8. Half a
/// character at the end of cut UTF-16 is left out; what is no character becomes U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

/// One UTF-16LE code unit string as UTF-8.
[[nodiscard]] std::string utf16le_to_utf8(std::string_view bytes);

struct Lines {
    std::vector<std::string_view> lines;  ///< Without CR and LF; view into the text given.
    bool last_is_whole = true;            ///< The text ends with a line end.
};
[[nodiscard]] Lines lines_of(std::string_view text);

[[nodiscard]] std::vector<std::string_view> split(std::string_view line, char separator);
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);

/// Header facts of a file. Operators and users are not kept; paths are cut to the file's own name;
/// a key that comes again gets a number ("Xcomment 2"); empty values are left out.
class Facts {
  public:
    void put(std::string_view key, std::string_view value);
    [[nodiscard]] std::string get(const std::string& key) const;
    [[nodiscard]] const std::map<std::string, std::string>& all() const { return facts_; }

  private:
    std::map<std::string, std::string> facts_;
};

}  // namespace relaxd::ta_files
