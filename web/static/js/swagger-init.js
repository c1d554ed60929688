/* Shows the API description from the vendored Swagger UI: <div id="swagger-ui" data-url="/openapi.json">. Nothing is fetched from elsewhere. */

const box = document.querySelector("#swagger-ui");
window.SwaggerUIBundle({
  domNode: box,
  url: box.dataset.url,
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  presets: [window.SwaggerUIBundle.presets.apis],
});
