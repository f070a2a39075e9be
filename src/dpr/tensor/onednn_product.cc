#include "dpr/tensor/onednn_product.h"

#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>

namespace dpr {
namespace {

using Type = dnnl::memory::data_type;

// Of x and of w.
std::pair<Type, Type> TypesOf(Precision precision) {
  switch (precision) {
    case Precision::kBf16:
      return {Type::bf16, Type::bf16};
    case Precision::kInt8:
      return {Type::u8, Type::s8};
    case Precision::kF32:
      break;
  }
  return {Type::f32, Type::f32};
}

}  // namespace

struct OnednnProduct::Plan {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::matmul product;
  std::unordered_map<int, dnnl::memory> arguments;
};

OnednnProduct::OnednnProduct(ConstFloatView x, ConstFloatView w, FloatView y, Precision precision)
    : plan_(std::make_unique<Plan>()) {
  using Memory = dnnl::memory;
  const auto f32 = Memory::data_type::f32;
  const auto [left_type, right_type] = TypesOf(precision);
  const auto row_major = Memory::format_tag::ab;
  const Memory::dims from_size = {x.rows, x.columns};
  const Memory::desc from(from_size, left_type, row_major);
  const Memory::desc to({y.rows, y.columns}, f32, row_major);
  const Memory::dims size = {w.columns, w.rows};
  const Memory::desc any_order(size, right_type, Memory::format_tag::any);
  const dnnl::matmul::primitive_desc chosen(dnnl::matmul::desc(from, any_order, to), plan_->engine);
  dnnl::primitive_attr scaled;  // any numbers will do
  if (precision == Precision::kInt8) scaled.set_output_scales(0, {127.0f});
  const auto converted = [&](Memory plain, const Memory::desc& wanted) {
    Memory result(wanted, plan_->engine);
    dnnl::reorder(plain, result, scaled).execute(plan_->stream, plain, result);
    plan_->stream.wait();
    return result;
  };
  // oneDNN's memory takes no pointers to const; x and w are only read.
  Memory left({from_size, f32, row_major}, plan_->engine, const_cast<float*>(x.data));
  if (left_type != f32) left = converted(left, from);
  const Memory plain({size, f32, Memory::format_tag::ba}, plan_->engine,
                     const_cast<float*>(w.data));
  plan_->product = dnnl::matmul(chosen);
  plan_->arguments = {{DNNL_ARG_SRC, left},
                      {DNNL_ARG_WEIGHTS, converted(plain, chosen.weights_desc())},
                      {DNNL_ARG_DST, Memory(to, plan_->engine, y.data)}};
}

OnednnProduct::~OnednnProduct() = default;

void OnednnProduct::Run() {
  plan_->product.execute(plan_->stream, plan_->arguments);
  plan_->stream.wait();
}

}  // namespace dpr
