# The dynamic fit beside scipy's least_squares where it can be had, and the budgets: tests/bench/scipy_compare.
add_executable(scipy_table EXCLUDE_FROM_ALL scipy_table.cpp)
target_link_libraries(scipy_table PRIVATE relaxd_model Eigen3::Eigen)
target_compile_options(scipy_table PRIVATE -Wno-double-promotion)  # the simulation computes in long double
add_test(NAME bench.scipy COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/scipy_compare ${CMAKE_BINARY_DIR})
set_tests_properties(bench.scipy PROPERTIES LABELS bench SKIP_RETURN_CODE 77 TIMEOUT 1800)
