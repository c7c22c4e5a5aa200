# schema/migrations/NNNN_*.sql, in order, as one generated source of relaxd_store. The .sql files are the only source.
file(GLOB migration_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/schema/migrations/*.sql)
list(SORT migration_files)
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration_files})
set(RELAXD_MIGRATION_ENTRIES "")
foreach(migration_file IN LISTS migration_files)
    get_filename_component(migration_name ${migration_file} NAME)
    file(READ ${migration_file} migration_text)
    string(APPEND RELAXD_MIGRATION_ENTRIES
        "    {\"${migration_name}\", R\"relaxd_sql(${migration_text})relaxd_sql\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/migrations.cpp CONTENT
"// Written by CMake from schema/migrations.
#include \"schema/store/migrator.hpp\"

#include <array>

namespace relaxd::store {
namespace {
constexpr auto all = std::to_array<Migration>({
@RELAXD_MIGRATION_ENTRIES@});
}  // namespace

std::span<const Migration> migrations() { return all; }
}  // namespace relaxd::store
" @ONLY)
get_target_property(store_type relaxd_store TYPE)
if(NOT store_type STREQUAL "INTERFACE_LIBRARY")
    target_sources(relaxd_store PRIVATE ${CMAKE_BINARY_DIR}/generated/migrations.cpp)
endif()
