# The built-in materials: schema/material/*.toml, embedded as they are. The .toml files are the single source.
file(GLOB materials CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/schema/material/*.toml)
list(SORT materials)
set(entries "")
set(count 0)
foreach(material IN LISTS materials)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${material})
    get_filename_component(name ${material} NAME_WE)
    file(READ ${material} text)
    string(APPEND entries "    {\"${name}\", R\"toml(${text})toml\"},\n")
    math(EXPR count "${count} + 1")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/materials.cpp CONTENT
"// Written by CMake from schema/material/*.toml.
#include \"schema/material/built_in.hpp\"

#include <array>

namespace relaxd::material {

namespace {

constexpr std::array<BuiltIn, @count@> materials{{
@entries@}};

}  // namespace

std::span<const BuiltIn> built_in() {
    return materials;
}

}  // namespace relaxd::material
" @ONLY)
target_sources(relaxd_material PRIVATE ${CMAKE_BINARY_DIR}/generated/materials.cpp)
