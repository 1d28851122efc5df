include("${CMAKE_CURRENT_LIST_DIR}/../../tinyml.cmake")
