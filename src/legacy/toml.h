// toml++ as this module has it: errors are values.
#pragma once

// Its default is to throw.
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>
