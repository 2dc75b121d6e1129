"""Every URL that a deployment can have: those of production, and the sandbox's, which stand only beside the sample."""

from apps.demo.page.urls import urlpatterns as sandbox
from distsync.urls import handler400, handler403, handler404, handler429, handler500
from distsync.urls import urlpatterns as product

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]
urlpatterns = [*product, *sandbox]
