// Products in bf16 whose left side is f32: its rows are rounded and paired on their way.
#pragma once

#include "dpr/tensor/kernels.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// p.c = a B as p says, for p.panels in pairs; p's a, a_stride, rows and depth are filled in here.
// a: [rows, depth of B in numbers]. Allocates only in a thread's first call.
void MultiplyAsPairs(ConstFloatView a, PanelProduct p);

}  // namespace dpr
