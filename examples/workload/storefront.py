"""storefront: the HTTP entry of the shop. Browsing goes to inventory, orders go to orders."""

from workload.log_lines import log_as_text
from workload.measures import Measures
from workload.parameters import Parameters
from workload.remote import Remote
from workload.service import Request, serve, stop_on_sigterm
from workload.site import Site, here
from workload.telemetry import start_tracing
from workload.watched_file import Json

TIMEOUT_S = 5


class Storefront:
    """POST /checkout, GET /products/{sku} and GET /orders/{order_id}."""

    def __init__(self, site: Site) -> None:
        self._parameters = Parameters(site, "storefront")
        self._orders, self._inventory = Remote(site, "orders"), Remote(site, "inventory")

    def checkout(self, request: Request) -> Json:
        """Place an order."""
        return self._orders.post("/orders", request.body, timeout_s=TIMEOUT_S)

    def product(self, request: Request) -> Json:
        """Show a product."""
        shown = self._inventory.get(f"/products/{request.path['sku']}", timeout_s=TIMEOUT_S)
        return {**shown, "banner": self._parameters.text("banner_text")}

    def order(self, request: Request) -> Json:
        """Show an order."""
        return self._orders.get(f"/orders/{request.path['order_id']}", timeout_s=TIMEOUT_S)


def main() -> None:
    """Serve until told to stop."""
    log_as_text()
    stop_on_sigterm()
    site = here()
    start_tracing(site, "storefront", version="5.0.3")
    shop = Storefront(site)
    routes = {
        "POST /checkout": shop.checkout,
        "GET /products/{sku}": shop.product,
        "GET /orders/{order_id}": shop.order,
    }
    serve(site, "storefront", routes, Measures(site.raw / "metrics", "storefront")).serve_forever()


if __name__ == "__main__":
    main()
