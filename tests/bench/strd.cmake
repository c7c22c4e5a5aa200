# NIST's certified problems, beside Ceres where it can be had: tests/bench/strd_compare.
add_executable(strd_table EXCLUDE_FROM_ALL strd_table.cpp)
target_link_libraries(strd_table PRIVATE relaxd_model Eigen3::Eigen)
target_compile_definitions(strd_table PRIVATE RELAXD_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME bench.strd COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/strd_compare ${CMAKE_BINARY_DIR})
set_tests_properties(bench.strd PROPERTIES LABELS bench SKIP_RETURN_CODE 77 TIMEOUT 1800)
