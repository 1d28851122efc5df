# Neural networks in a CMake project, without PlatformIO (docs/cmake.md):
#
#   tinyml_add_model(<target> <model.tflite> [NAME <name>] [LIBRARY <target of TensorFlow Lite Micro> [KERNELS <set>]]
#                    [OPTIONS <option of `pio-tinyml generate`>...])
#   tinyml_check(<executable> [FROM <library>...] [<option of `pio-tinyml gate`>...])
#
# The first generates C of the model when it is built, and adds it to <target>. The second says by what the linked
# <executable> is judged; what is refused fails the build and is removed.
cmake_minimum_required(VERSION 3.16)
include_guard(GLOBAL)

find_program(TINYML_PROGRAM pio-tinyml
  HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../../../bin" "${CMAKE_CURRENT_LIST_DIR}/../../../../Scripts"
  DOC "pio-tinyml, of the same installation as tinyml.cmake" NO_CMAKE_FIND_ROOT_PATH)
if(NOT TINYML_PROGRAM)
  message(FATAL_ERROR "TinyML: pio-tinyml is not on PATH\n  next: pip install it, or give -DTINYML_PROGRAM=path/to/pio-tinyml")
endif()
execute_process(COMMAND "${TINYML_PROGRAM}" cmake OUTPUT_VARIABLE _tinyml_folder OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_VARIABLE _tinyml_said RESULT_VARIABLE _tinyml_code)
if(NOT _tinyml_code EQUAL 0)
  message(FATAL_ERROR "TinyML: ${TINYML_PROGRAM} does not run (${_tinyml_code}): ${_tinyml_said}\n"
    "  next: install it again (its Python may be gone), or give -DTINYML_PROGRAM=path/to/pio-tinyml")
endif()
get_filename_component(_tinyml_here "${CMAKE_CURRENT_LIST_DIR}" REALPATH)
if(NOT _tinyml_folder STREQUAL _tinyml_here)
  message(FATAL_ERROR "TinyML: ${TINYML_PROGRAM} is of another installation, whose tinyml.cmake is in "
    "'${_tinyml_folder}', not in '${_tinyml_here}'\n  next: include that one, or give -DTINYML_PROGRAM=...")
endif()
# A newer version generates anew.
set(_TINYML_VERSION "${CMAKE_CURRENT_LIST_DIR}/../__init__.py" CACHE INTERNAL "")
set(_TINYML_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/../runtime/include" CACHE INTERNAL "")
set(_TINYML_TFLM "${CMAKE_CURRENT_LIST_DIR}/../tflm" CACHE INTERNAL "")
include("${CMAKE_CURRENT_LIST_DIR}/tinyml_tflm.cmake")

function(tinyml_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME;LIBRARY;KERNELS" "OPTIONS")
  _tinyml_require_target(${target} tinyml_add_model)
  if("--runtime" IN_LIST arg_OPTIONS)
    message(FATAL_ERROR "tinyml_add_model(${target} ...): name the target of TensorFlow Lite Micro with LIBRARY")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tinyml_add_model(${target} ...): '${arg_UNPARSED_ARGUMENTS}' is none of NAME, LIBRARY, KERNELS, OPTIONS")
  endif()
  get_filename_component(model "${model}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/tinyml/${target}")
  set(words generate "${model}" -o "${folder}" ${arg_OPTIONS})
  if(arg_NAME)
    list(APPEND words --name "${arg_NAME}")
  endif()
  if(arg_LIBRARY)
    _tinyml_add_interpreted(${target} "${model}" "${arg_NAME}" ${arg_LIBRARY} "${arg_KERNELS}" ${arg_OPTIONS})
    return()
  endif()
  if(CMAKE_SIZEOF_VOID_P EQUAL 2 AND NOT "--max-object" IN_LIST words)
    list(APPEND words --max-object 32767)
  endif()
  get_target_property(others ${target} TINYML_MANIFESTS)
  _tinyml_generate(${target} "${model}" "${folder}" "" ${words})
  target_sources(${target} PRIVATE "${header}" ${names})
  set_property(TARGET ${target} APPEND PROPERTY TINYML_MANIFESTS "${manifest}")
  set_property(TARGET ${target} APPEND PROPERTY TINYML_GATE --manifest "${manifest}" --model "${name}=${model}")
  set(code "${names}")
  list(FILTER code INCLUDE REGEX "\\.c$")
  list(TRANSFORM code PREPEND "--source=")
  _tinyml_tell_build(${target} "${folder}" "${name}=${model}" ${target} ${code})

  if(NOT others)
    _tinyml_add_runtime(${target} "${folder}")
  endif()
  get_target_property(shared ${target} TINYML_SHARED)
  if("--share-arena" IN_LIST arg_OPTIONS AND NOT shared)
    _tinyml_runtime_command(${target} "${folder}" "${folder}/tinyml_arena.c" "${folder}/tinyml_kernels.c")
    target_sources(${target} PRIVATE "${folder}/tinyml_arena.c")
    set_target_properties(${target} PROPERTIES TINYML_SHARED TRUE)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    _tinyml_add_gate(${target})
  endif()
endfunction()

function(tinyml_check target)
  _tinyml_require_target(${target} tinyml_check)
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "EXECUTABLE")
    message(FATAL_ERROR "tinyml_check(${target} ...): only an executable is linked, and can be judged")
  endif()
  set(words ${ARGN})
  set(option)
  if(ARGC GREATER 1 AND ARGV1 STREQUAL "FROM")
    list(POP_FRONT words)
    while(words)
      list(GET words 0 word)
      if(word MATCHES "^-")
        break()
      endif()
      list(POP_FRONT words)
      if(NOT TARGET ${word})
        message(FATAL_ERROR "tinyml_check(${target} FROM ${word} ...): there is no such target")
      endif()
      set_property(TARGET ${target} APPEND PROPERTY TINYML_GATE "$<TARGET_PROPERTY:${word},TINYML_GATE>")
      set_property(TARGET ${target} APPEND PROPERTY TINYML_BUILD
        "$<TARGET_GENEX_EVAL:${word},$<TARGET_PROPERTY:${word},TINYML_BUILD>>")
    endwhile()
  endif()
  set_property(TARGET ${target} APPEND PROPERTY TINYML_GATE ${words})
  foreach(word IN LISTS words)
    if(option MATCHES "^--(baseline|device|fingerprint|partitions)$") # what is in them is a measure too
      string(REGEX REPLACE "#[^/#]*$" "" word "${word}")
      get_filename_component(word "${word}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
      set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${word}")
    endif()
    set(option "${word}")
  endforeach()
  _tinyml_add_gate(${target})
endfunction()

# The command that generates the files of a model; sets header, names (of the others), manifest and name. `include`
# are more arguments, lists with generator expressions.
function(_tinyml_generate target model folder include)
  execute_process(COMMAND "${TINYML_PROGRAM}" ${ARGN} --names
    OUTPUT_VARIABLE names ERROR_VARIABLE said RESULT_VARIABLE code OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "tinyml_add_model(${target} ...):\n${said}")
  endif()
  string(REPLACE "\n" ";" names "${names}")
  list(TRANSFORM names PREPEND "${folder}/")
  list(POP_FRONT names header)
  list(POP_BACK names manifest)
  string(REGEX MATCH "/([^/;]+)_(weights|tflite)\\.c" name "${names}")
  set(name "${CMAKE_MATCH_1}")
  get_target_property(taken ${target} TINYML_NAMES)
  if(name IN_LIST taken)
    message(FATAL_ERROR "tinyml_add_model(${target} ${model}): there is a model ${name}; give another NAME")
  endif()
  set_property(TARGET ${target} APPEND PROPERTY TINYML_NAMES ${name})
  # Make looks at no command: what it says is in a file.
  file(CONFIGURE OUTPUT "${manifest}.options" CONTENT "${ARGN}" @ONLY)
  get_filename_component(beside "${model}" DIRECTORY)
  file(GLOB labels "${beside}/labels.txt" "${beside}/*.labels.txt")
  add_custom_command(
    OUTPUT "${header}" ${names} "${manifest}"
    COMMAND "${TINYML_PROGRAM}" ${ARGN} "${include}"
    # Files that would be the same keep their time.
    COMMAND "${CMAKE_COMMAND}" -E touch "${header}" ${names} "${manifest}"
    DEPENDS "${model}" "${manifest}.options" "${_TINYML_VERSION}" ${labels}
    COMMENT "TinyML: generating C from ${model}" COMMAND_EXPAND_LISTS VERBATIM)
  foreach(variable IN ITEMS header names manifest name)
    set(${variable} "${${variable}}" PARENT_SCOPE)
  endforeach()
endfunction()

# Kernels and headers that all models of a target have in common.
function(_tinyml_add_runtime target folder)
  set(kernels "${folder}/tinyml_kernels.c")
  _tinyml_runtime_command(${target} "${folder}" "${kernels}" "")
  target_sources(${target} PRIVATE "${kernels}")
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    set_source_files_properties("${kernels}" PROPERTIES COMPILE_OPTIONS -O2)
  endif()
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>")
endfunction()

function(_tinyml_runtime_command target folder output after)
  set(manifests "$<TARGET_PROPERTY:${target},TINYML_MANIFESTS>")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${TINYML_PROGRAM}" runtime "--manifest=$<JOIN:${manifests},;--manifest=>" -o "${folder}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${output}"
    DEPENDS "${manifests}" ${after}
    COMMENT "TinyML: kernels of ${target}" COMMAND_EXPAND_LISTS VERBATIM)
endfunction()

# Tells the gate what computes the model `name`=file: in files, one for each language, arguments of `pio-tinyml
# fingerprint`, with compiler, flags and macros of the target `by`, and `ARGN`.
function(_tinyml_tell_build target folder model by)
  get_target_property(type ${by} TYPE)
  get_target_property(imported ${by} IMPORTED)
  set(of)
  if(imported OR type STREQUAL "INTERFACE_LIBRARY")
    set(of INTERFACE_)
    set(source "${CMAKE_CURRENT_SOURCE_DIR}") # which those do not tell before CMake 3.19
  else()
    get_target_property(source ${by} SOURCE_DIR)
  endif()
  if(NOT SDKCONFIG)
    set(SDKCONFIG "${CMAKE_SOURCE_DIR}/sdkconfig")
  endif()
  if(EXISTS "${SDKCONFIG}")
    list(APPEND ARGN "--sdkconfig=${SDKCONFIG}")
  endif()
  string(REPLACE ";" "\n" given "${ARGN}")
  string(REGEX REPLACE "=.*" "" name "${model}")
  set(configurations ${CMAKE_CONFIGURATION_TYPES})
  if(NOT configurations)
    set(configurations "${CMAKE_BUILD_TYPE}")
  endif()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  set(files)
  foreach(language IN ITEMS CXX C) # the last one names the compiler
    if(NOT language IN_LIST languages)
      continue()
    endif()
    foreach(configuration IN LISTS configurations ITEMS "")
      if(configuration STREQUAL "" AND NOT CMAKE_BUILD_TYPE STREQUAL "")
        continue()
      endif()
      get_directory_property(flags DIRECTORY "${source}" DEFINITION CMAKE_${language}_FLAGS)
      string(TOUPPER "${configuration}" suffix)
      get_directory_property(more DIRECTORY "${source}" DEFINITION CMAKE_${language}_FLAGS_${suffix})
      separate_arguments(flags NATIVE_COMMAND "${flags} ${more}")
      list(JOIN flags "\n--flag=" flags)
      # Evaluated for each language, since options may depend on it.
      file(GENERATE OUTPUT "${folder}/build/${name}-${configuration}-${language}.txt"
        CONTENT "--model=${model}
--compiler=${CMAKE_${language}_COMPILER}
--flag=${flags}
--flag=$<JOIN:$<TARGET_PROPERTY:${by},${of}COMPILE_OPTIONS>,\n--flag=>
--define=$<JOIN:$<TARGET_PROPERTY:${by},${of}COMPILE_DEFINITIONS>,\n--define=>
--folder=${source}
${given}
"
        CONDITION "$<AND:$<COMPILE_LANGUAGE:${language}>,$<CONFIG:${configuration}>>")
    endforeach()
    list(APPEND files "${folder}/build/${name}-$<CONFIG>-${language}.txt")
  endforeach()
  set_property(TARGET ${target} APPEND PROPERTY TINYML_BUILD --build ${files})
endfunction()

# After each link, and in each build of everything: a build that was killed between link and verdict leaves a program.
function(_tinyml_add_gate target)
  get_target_property(there ${target} TINYML_HAS_GATE)
  if(there)
    return()
  endif()
  if(APPLE OR WIN32)
    message(STATUS "TinyML: ${target} is no ELF file on this system: it is not judged")
    return()
  endif()
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/tinyml/${target}")
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS}")
  list(FILTER flags INCLUDE REGEX "^-m|specs=")
  list(TRANSFORM flags PREPEND "--compiler-flag=")
  set(compiler)
  if(CMAKE_CROSSCOMPILING AND CMAKE_C_COMPILER)
    set(compiler --compiler "${CMAKE_C_COMPILER}" ${flags})
  endif()
  set(words "$<TARGET_GENEX_EVAL:${target},$<TARGET_PROPERTY:${target},TINYML_GATE>>")
  set(build "$<TARGET_GENEX_EVAL:${target},$<TARGET_PROPERTY:${target},TINYML_BUILD>>")
  set(gate "${TINYML_PROGRAM}" gate "$<TARGET_FILE:${target}>" -o "${folder}/report" ${compiler} "${words}" "${build}")
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT folder MATCHES ",") # TensorFlow Lite Micro is C++
    # In front of the project's own options: a map that these ask for is the one that is written.
    set(map "${folder}/link-$<CONFIG>.map")
    target_link_options(${target} BEFORE PRIVATE "LINKER:-Map=${map}")
    add_custom_command(TARGET ${target} PRE_LINK COMMAND "${CMAKE_COMMAND}" -E remove -f "${map}" VERBATIM)
    list(APPEND gate --copies-map "${map}")
  endif()
  file(GENERATE OUTPUT "${folder}/gate.options" CONTENT "${words}\n")
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${folder}/gate.options")
  set(options WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_command(TARGET ${target} POST_BUILD COMMAND ${gate} COMMENT "TinyML: checking ${target}" ${options})
  add_custom_target(${target}_tinyml ALL COMMAND ${gate} COMMENT "TinyML: ${target} is as checked" ${options})
  add_dependencies(${target}_tinyml ${target})
  set_target_properties(${target} PROPERTIES TINYML_HAS_GATE TRUE)
endfunction()

function(_tinyml_require_target target function)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "${function}(${target} ...): there is no such target; call it after add_executable")
  endif()
  get_target_property(source ${target} SOURCE_DIR)
  if(NOT source STREQUAL CMAKE_CURRENT_SOURCE_DIR)
    message(FATAL_ERROR "${function}(${target} ...): call it in the CMakeLists.txt of the target, in ${source}")
  endif()
endfunction()
