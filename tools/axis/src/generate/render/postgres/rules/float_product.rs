/// `double precision * double precision`. Nothing where the product is beyond it, or too close to 0, which PostgreSQL
/// refuses.
pub(super) fn float_product(left: f64, right: f64) -> Option<f64> {
    let product = left * right;
    let is_beyond = product.is_infinite() && left.is_finite() && right.is_finite();
    let is_lost = product == 0.0 && left != 0.0 && right != 0.0;
    (!is_beyond && !is_lost).then_some(product)
}
