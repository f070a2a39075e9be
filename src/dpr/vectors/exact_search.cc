#include "dpr/vectors/exact_search.h"
