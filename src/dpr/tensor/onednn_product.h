// y = x W^T by oneDNN's matmul: what Linear is measured against. Nothing else of dpr runs on
// oneDNN.
#pragma once

#include <memory>

#include "dpr/tensor/matrix.h"
#include "dpr/tensor/precision.h"

namespace dpr {

// On all compute threads, the weights reordered once as oneDNN likes. Views of x (in f32) and y are
// kept.
class OnednnProduct {
 public:
  // x: [rows, inputs], w: [outputs, inputs], y: [rows, outputs], all contiguous.
  // In bf16 and int8 x is converted here, once: Run is the product alone.
  OnednnProduct(ConstFloatView x, ConstFloatView w, FloatView y, Precision precision);
  ~OnednnProduct();
  void Run();

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace dpr
