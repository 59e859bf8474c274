#include "cli/app.h"

int main(int argc, char** argv) { return daybook::cli::run(argc, argv); }
