// SPDX-License-Identifier: MIT
//
// The figures of the papers: every one is drawn, is well-formed, holds only numbers, and
// docs/physics.md names it and quotes the numbers that the program prints.
#include "schema/base/number.hpp"
#include "tests/support/catch.hpp"
#include "tests/tools/command.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using relaxd::test::Folder;
using relaxd::test::has;

namespace {

const std::vector<std::string> names{"s1-fig2",  "s1-fig3c", "s1-fig4",  "s1-fig5",   "s1-fig6",
                                     "s1-fig7",  "s1-fig8",  "s1-fig9",  "s1-fig10b", "s1-fig11",
                                     "s2-fig3",  "s2-fig4",  "s2-fig6",  "s2-fig7",   "s2-fig11",
                                     "s2-fig12", "s2-fig13", "s2-fig14", "s2-fig15",  "s2-fig16"};

const std::filesystem::path docs = std::filesystem::path(RELAXD_SOURCE_DIR) / "docs";

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Draws into `folder`; what was printed.
std::string drawn_into(const Folder& folder) {
    const std::string program = RELAXD_BIN_DIR "/draw_figures";
    REQUIRE(std::filesystem::exists(program));
    const std::string command =
        "'" + program + "' '" + folder.file("out") + "' > '" + folder.file("table") + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    return folder.read("table");
}

/// Empty for well-formed XML without comments and CDATA, else what is wrong.
std::string fault_of_xml(const std::string& xml) {
    std::vector<std::string> open;
    std::size_t at = 0;
    bool root_closed = false;
    while (at < xml.size()) {
        if (xml[at] != '<') {
            const std::size_t next = std::min(xml.find('<', at), xml.size());
            const std::string text = xml.substr(at, next - at);
            if (open.empty() && text.find_first_not_of(" \n") != std::string::npos) {
                return "text outside the root";
            }
            for (std::size_t i = text.find('&'); i < text.size(); i = text.find('&', i + 1)) {
                if (text.compare(i, 5, "&amp;") != 0 && text.compare(i, 4, "&lt;") != 0 &&
                    text.compare(i, 4, "&gt;") != 0) {
                    return "a bare &";
                }
            }
            at = next;
            continue;
        }
        const std::size_t end = xml.find('>', at);
        if (end == std::string::npos) {
            return "a tag without end";
        }
        std::string tag = xml.substr(at + 1, end - at - 1);
        at = end + 1;
        if (tag.starts_with('/')) {
            if (open.empty() || open.back() != tag.substr(1)) {
                return "</" + tag.substr(1) + "> closes nothing";
            }
            open.pop_back();
            root_closed = open.empty();
            continue;
        }
        if (root_closed || std::ranges::count(tag, '"') % 2 != 0 || has(tag, "<")) {
            return "a bad tag: " + tag;
        }
        if (!tag.ends_with('/')) {
            open.push_back(tag.substr(0, tag.find(' ')));
        }
    }
    return root_closed ? "" : "the root is not closed";
}

/// The values of one attribute.
std::vector<std::string> attributes(const std::string& xml, const std::string& name) {
    std::vector<std::string> out;
    const std::string start = " " + name + "=\"";
    for (std::size_t at = xml.find(start); at != std::string::npos; at = xml.find(start, at + 1)) {
        const std::size_t from = at + start.size();
        out.push_back(xml.substr(from, xml.find('"', from) - from));
    }
    return out;
}

void check_figure(const std::string& xml) {
    CHECK(fault_of_xml(xml).empty());
    CHECK(xml.size() > 1500);
    CHECK(xml.size() < 40000);
    CHECK(has(xml, "<path d=\"M"));
    for (const std::string& d : attributes(xml, "d")) {
        CHECK(d.find_first_not_of("Mhv0123456789.,- ") == std::string::npos);
        CHECK(!d.empty());
    }
    for (const char* name : {"x", "y", "cx", "cy", "width", "height", "r"}) {
        for (const std::string& value : attributes(xml, name)) {
            CHECK(relaxd::to_double(value).has_value());
        }
    }
}

}  // namespace

TEST_CASE("the check of well-formed XML finds what is wrong") {
    CHECK(fault_of_xml("<a x=\"1\"><b/>t &lt; u</a>\n").empty());
    for (const char* bad :
         {"<a><b></a></b>", "<a>", "<a/", "<a>1 & 2</a>", "<a></a><c></c>", "x"}) {
        CHECK(!fault_of_xml(bad).empty());
    }
}

TEST_CASE("every figure is drawn, well-formed, of finite numbers, and twice the same") {
    const Folder first;
    const Folder second;
    CHECK(drawn_into(first) == drawn_into(second));
    for (const std::string& name : names) {
        INFO(name);
        const std::string xml = first.read("out/" + name + ".svg");
        check_figure(xml);
        CHECK(xml == second.read("out/" + name + ".svg"));
    }
    const auto count = std::distance(
        std::filesystem::directory_iterator(first.file("out")),
        std::filesystem::directory_iterator{}
    );
    CHECK(count == static_cast<std::ptrdiff_t>(names.size()));
}

TEST_CASE("docs/physics.md shows every committed figure and quotes the numbers as computed") {
    const std::string page = text_of(docs / "physics.md");
    for (const std::string& name : names) {
        INFO(name);
        CHECK(has(page, "](figures/" + name + ".svg)"));
        check_figure(text_of(docs / "figures" / (name + ".svg")));
    }
    for (const auto& entry : std::filesystem::directory_iterator(docs / "figures")) {
        CHECK(std::ranges::find(names, entry.path().stem().string()) != names.end());
    }
    const Folder folder;
    std::istringstream table(drawn_into(folder));
    std::size_t rows = 0;
    for (std::string line; std::getline(table, line); ++rows) {
        INFO(line);
        CHECK(has(page, line + "\n"));
        CHECK(!has(line, "nan"));
    }
    CHECK(rows > 50);
}

TEST_CASE("draw_figures without a folder says how it is used") {
    const std::string command = RELAXD_BIN_DIR "/draw_figures 2> /dev/null";
    CHECK(WEXITSTATUS(std::system(command.c_str())) == 2);
}
