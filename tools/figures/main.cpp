// SPDX-License-Identifier: MIT
//
// draw_figures FOLDER: writes the figures of both papers as FOLDER/*.svg and prints the table of
// numbers that docs/physics.md quotes. Exit 0; 2 usage; 1 with one sentence on stderr.

#include "tools/figures/figures.hpp"

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace {

using relaxd::figures::Book;
using relaxd::figures::Figure;
using relaxd::figures::Number;

Book drawn() {
    Book book;
    relaxd::figures::s1_beta(book);
    relaxd::figures::s1_dynamic(book);
    relaxd::figures::s1_times(book);
    relaxd::figures::s1_strain(book);
    relaxd::figures::s2_modulus(book);
    relaxd::figures::s2_isotherms(book);
    relaxd::figures::s2_master(book);
    return book;
}

int write(const Book& book, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    for (const Figure& figure : book.figures) {
        const std::filesystem::path file = folder / (figure.name + ".svg");
        std::ofstream out(file, std::ios::binary);
        out << relaxd::figures::svg(figure);
        if (!out.flush()) {
            std::cerr << "draw_figures: " << file.string() << " could not be written\n";
            return 1;
        }
    }
    std::cout << "| figure | quantity | paper | library | see |\n|---|---|---|---|---|\n";
    for (const Number& n : book.numbers) {
        std::cout << "| " << n.figure << " | " << n.quantity << " | " << n.paper << " | "
                  << n.library << " | " << n.remark << " |\n";
    }
    std::cout.flush();
    std::cerr << book.figures.size() << " figures in " << folder.string() << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 || std::string(argv[1]).starts_with('-')) {
        std::cerr << "usage: draw_figures FOLDER\n";
        return 2;
    }
    try {
        return write(drawn(), argv[1]);
    } catch (const std::exception& trouble) {
        std::cerr << "draw_figures: " << trouble.what() << '\n';
        return 1;
    }
}
